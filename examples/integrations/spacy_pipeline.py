"""Ask, sentence by sentence, what the author may have written.

    python examples/integrations/spacy_pipeline.py
"""

from pathlib import Path

import spacy

import despin.integrations.spacy  # noqa: F401  registers the component

EXAMPLES = Path(__file__).parent.parent


def main() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("despin", config={"min_confidence": 0.7})
    doc = nlp((EXAMPLES / "ferry-strike.txt").read_text(encoding="utf-8"))
    print(f"spin rate {doc._.despin['spin_rate']:.2f}, {len(doc.spans['despin'])} edits")
    for sentence in list(doc.sents)[2:6]:
        print("-", sentence.text.strip())
        print("+", sentence._.despin_text.strip())


if __name__ == "__main__":
    main()
