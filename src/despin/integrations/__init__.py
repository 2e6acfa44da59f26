"""despin where corpora live: one module per library, none imported by `import despin`."""
