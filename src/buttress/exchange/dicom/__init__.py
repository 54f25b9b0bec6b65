"""DICOM in and out."""
