"""The files of the demo county: PDF, OFD and scans made by code, each different from every other."""
