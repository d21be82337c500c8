// docs/examples/stb_image_write.cpp: the one place where stb's PNG writer is compiled.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>
