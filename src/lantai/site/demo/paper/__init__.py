"""Paper and pixels: set a document once, then write it as PDF, as OFD, or as the picture a scanner takes."""
