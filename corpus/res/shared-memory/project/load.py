import multiprocessing.shared_memory as shared

table = shared.SharedMemory(create=True, size=96 << 20)
open("/dev/shm/index", "wb").write(bytes(96 << 20))
print("index of", table.size, "bytes")
