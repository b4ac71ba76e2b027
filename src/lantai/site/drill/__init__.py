"""The great drill (总演练): an archive of its own is filled, hurt, wiped, rebuilt, restored, shredded; measured."""
