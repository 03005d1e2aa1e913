// The layout that the preloaded counter shares with whoever reads it.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/// Names the file that the counter maps; without it nothing is counted.
#define ALLOCATION_COUNTER_FILE "ALLOCATION_COUNTER_FILE"

/// The file's content, in the machine's byte order.
struct allocation_counts {
    /// Calls of malloc, calloc, aligned_alloc, memalign and posix_memalign, and of realloc where it moved or grew.
    uint64_t allocations;
    /// Bytes that those calls asked for.
    uint64_t bytes;
    /// Calls of free with something to free.
    uint64_t frees;
};

#endif
