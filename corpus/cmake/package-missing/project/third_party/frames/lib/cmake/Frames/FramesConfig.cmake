add_library(Frames::frames INTERFACE IMPORTED)
