// Counts the memory allocations of a whole process: preloaded (LD_PRELOAD) before the C library's own functions, it
// passes every call on and adds to counters in a shared file, where another process reads them at any moment.
//
// glibc only: its functions are also reachable under their internal names, so no dlsym is needed, which would allocate.
#include "allocation_counter.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static struct allocation_counts *counts;

__attribute__((constructor)) static void map_counts(void) {
    const char *path = getenv(ALLOCATION_COUNTER_FILE);
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *memory = MAP_FAILED;
    if (ftruncate(file, sizeof *counts) == 0)
        memory = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED) counts = memory;
}

static void count(size_t bytes) {
    if (!counts) return;
    __atomic_fetch_add(&counts->allocations, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&counts->bytes, bytes, __ATOMIC_RELAXED);
}

void *malloc(size_t bytes) {
    count(bytes);
    return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes) {
    count(number * bytes);
    return __libc_calloc(number, bytes);
}

void *realloc(void *old, size_t bytes) {
    size_t had = old ? malloc_usable_size(old) : 0;
    void *now = __libc_realloc(old, bytes);
    if (now != old || bytes > had) count(bytes);
    return now;
}

void *memalign(size_t alignment, size_t bytes) {
    count(bytes);
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    return memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *memory = memalign(alignment, bytes);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory) {
    if (memory && counts) __atomic_fetch_add(&counts->frees, 1, __ATOMIC_RELAXED);
    __libc_free(memory);
}
