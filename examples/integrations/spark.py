"""Restore a column of a Spark DataFrame, with one restorer per Python worker.

    python examples/integrations/spark.py

Needs pyspark and a Java that it runs on (Spark 4: Java 17 or 21).
"""

from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import col

from despin.integrations.spark import despin_column

EXAMPLES = Path(__file__).parent.parent


def main() -> None:
    spark = SparkSession.builder.master("local[2]").appName("despin").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    rows = [(p.name, p.read_text(encoding="utf-8")) for p in sorted(EXAMPLES.glob("*.txt"))]
    frame = spark.createDataFrame([*rows, ("missing.txt", None)], "file string, text string")  # a bad row costs an error, not the run
    found = frame.withColumn("d", despin_column("text", min_confidence=0.7)).select("file", "d.*")
    found.select("file", "despin_spin_rate", "despin_spun_probability", "despin_error").orderBy("file").show()
    spun = found.filter(col("despin_spun_probability") > 0.5).orderBy("file").first()
    if spun is not None:
        print(spun.despin_text.splitlines()[2])
    spark.stop()


if __name__ == "__main__":
    main()
