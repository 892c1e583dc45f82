"""The labelled corpus, and what the parsers make of it: `make corpus` writes docs/corpus.md (`python -m inkgate.corpus`).

messages.py   reads tests/dialogue/corpus/<language>/<question>.toml and names what is wrong in it
readers.py    who reads the answers to a question: the parsers of the core, and the choice among offered slots
marking.py    one message: label against reading
figures.py    many: precision, recall, reasons, and the bars
report.py     docs/corpus.md
"""
