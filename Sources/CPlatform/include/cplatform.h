// What Swift cannot see of Linux (variadic calls, macros, packed structures) and the CRC32C instruction.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/// Waits while `*word == expected`. Returns 0 when woken, or an errno value (EAGAIN, EINTR, ETIMEDOUT).
/// `timeout_ns` < 0 waits for ever.
int cplatform_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_ns);

/// Wakes at most `count` waiters on `word`. Returns how many were woken, or -1.
int cplatform_futex_wake(uint32_t *word, int count);

/// Maps `bytes` (a multiple of the page size) of anonymous memory twice, one copy right behind the other, so that any
/// range of at most `bytes` that starts in the first copy is contiguous. Returns NULL with errno set on failure.
void *cplatform_ring_map(size_t bytes);

/// Unmaps what `cplatform_ring_map` returned.
void cplatform_ring_unmap(void *base, size_t bytes);

/// Begins to bring the cache lines of 256 bytes from `address` on near, without waiting for them.
static inline void cplatform_prefetch(const void *address) {
    for (int line = 0; line < 4; line++) __builtin_prefetch((const char *)address + 64 * line, 1, 3);
}

/// Brings the whole pages of `bytes` bytes from `address` on into being, writable, at once. A kernel that cannot
/// (before Linux 5.14) changes nothing.
void cplatform_populate(void *address, size_t bytes);

/// Writes the dirty pages of a part of a file to the disk and waits for that, without metadata and without emptying the
/// disk's cache. Returns 0, also where the file system knows nothing of it, or an errno value.
int cplatform_write_back(int descriptor, int64_t offset, int64_t bytes);

/// CRC32C (Castagnoli) of `length` bytes, continued from `seed` (0 at the start). Uses the processor's instruction
/// where there is one.
uint32_t cplatform_crc32c(uint32_t seed, const void *bytes, size_t length);

/// The same value computed from tables: what machines without the instruction use.
uint32_t cplatform_crc32c_software(uint32_t seed, const void *bytes, size_t length);

/// 1 when `cplatform_crc32c` uses the processor's instruction.
int cplatform_crc32c_is_hardware(void);

/// `open` without its variadic form. Returns a descriptor, or -1 with errno set.
int cplatform_open(const char *path, int flags, unsigned int mode);

/// `accept4` with `SOCK_NONBLOCK | SOCK_CLOEXEC` and no address. Returns a descriptor, or -1 with errno set.
int cplatform_accept(int listener);

/// `read` and `send(MSG_NOSIGNAL)` without the bookkeeping that the C library does for thread cancellation, which no
/// thread here uses. Return what the calls do, with errno set.
long cplatform_read(int descriptor, void *bytes, size_t count);
long cplatform_send(int descriptor, const void *bytes, size_t count);

/// A non-blocking eventfd. Returns a descriptor, or -1 with errno set.
int cplatform_eventfd(void);

/// Sets the calling thread's name as `top` shows it (at most 15 bytes are kept).
void cplatform_thread_name(const char *name);

/// Asks the scheduler for slices of `nanoseconds` for the calling thread: it runs as much as before, but waits less
/// for its turn (sched(7), EEVDF; Linux 6.12). Returns 0, or an errno value where the kernel has no such thing.
int cplatform_thread_slice(uint64_t nanoseconds);

/// Lets the calling thread run only when no other thread wants the processor (SCHED_IDLE, sched(7)); its reads and
/// writes come last as well where the disk's scheduler knows of classes. Returns 0, or an errno value.
int cplatform_thread_idle(void);

/// Sets the calling thread's niceness (-20 to 19; nice(2) would set it for threads it starts later, too). Returns 0, or an
/// errno value.
int cplatform_thread_nice(int niceness);

/// Sends `SIGTERM`-like `signal` to be read from a descriptor: blocks it in the calling thread (and so in the threads
/// that it starts later) and returns a non-blocking signalfd for `count` signals, or -1 with errno set.
int cplatform_signal_descriptor(const int *signals, int count);

#endif
