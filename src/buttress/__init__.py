"""buttress: open planning of percutaneous ablation and augmentation of extraspinal lytic bone metastases.

From a CT and a few facts to a document that a tumour board can read, question and check. The rooms of the house are the
sub-packages; imports go only down the stairs (``.importlinter`` checks it). Research use only: it never prescribes.
"""

__version__ = "0.1.0"
