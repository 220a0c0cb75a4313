#define FRAME_SIZE 16
