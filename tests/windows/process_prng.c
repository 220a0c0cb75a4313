/* Wine 8 lacks this function, which Rust's standard library asks for random numbers. Windows has had it since Windows 8. The library
   made of this lies beside the program under test, and only there. */
#include <stddef.h>

/* advapi32.dll, RtlGenRandom */
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *bytes, unsigned long count);

__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *bytes, size_t count) {
    return SystemFunction036(bytes, (unsigned long)count);
}
