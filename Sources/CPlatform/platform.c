#define _GNU_SOURCE
#include "cplatform.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int cplatform_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_ns) {
    struct timespec limit = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    long result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ns < 0 ? NULL : &limit, NULL, 0);
    return result == 0 ? 0 : errno;
}

int cplatform_futex_wake(uint32_t *word, int count) {
    return (int)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

void *cplatform_ring_map(size_t bytes) {
    int memory = memfd_create("stockkeeper-ring", MFD_CLOEXEC);
    if (memory < 0) return NULL;
    char *base = MAP_FAILED;
    if (ftruncate(memory, (off_t)bytes) == 0)
        base = mmap(NULL, bytes * 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base != MAP_FAILED) {
        for (int copy = 0; copy < 2; copy++) {
            void *at = base + (size_t)copy * bytes;
            if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) == MAP_FAILED) {
                int reason = errno;
                munmap(base, bytes * 2);
                errno = reason;
                base = MAP_FAILED;
                break;
            }
        }
    }
    int reason = errno;
    close(memory);
    errno = reason;
    return base == MAP_FAILED ? NULL : base;
}

void cplatform_ring_unmap(void *base, size_t bytes) {
    munmap(base, bytes * 2);
}

void cplatform_populate(void *address, size_t bytes) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)address + page - 1) & ~(page - 1), to = ((uintptr_t)address + bytes) & ~(page - 1);
    if (from < to) madvise((void *)from, to - from, 23 /* MADV_POPULATE_WRITE */);
}

int cplatform_write_back(int descriptor, int64_t offset, int64_t bytes) {
    unsigned how = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    if (sync_file_range(descriptor, offset, bytes, how) == 0 || errno == ENOSYS) return 0;
    return errno;
}

int cplatform_open(const char *path, int flags, unsigned int mode) {
    return open(path, flags, mode);
}

int cplatform_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

long cplatform_read(int descriptor, void *bytes, size_t count) {
    return syscall(SYS_read, descriptor, bytes, count);
}

long cplatform_send(int descriptor, const void *bytes, size_t count) {
    return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL, NULL, 0);
}

int cplatform_eventfd(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void cplatform_thread_name(const char *name) {
    char kept[16] = {0};
    for (int i = 0; i < 15 && name[i]; i++) kept[i] = name[i];
    pthread_setname_np(pthread_self(), kept);
}

int cplatform_thread_slice(uint64_t nanoseconds) {
    // The structure of sched_setattr(2), which the C library does not have.
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = sizeof attributes, .policy = SCHED_OTHER, .runtime = nanoseconds};
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 ? 0 : errno;
}

int cplatform_thread_idle(void) {
    struct sched_param none = {.sched_priority = 0};
    return sched_setscheduler(0, SCHED_IDLE, &none) == 0 ? 0 : errno;
}

int cplatform_thread_nice(int niceness) {
    // On Linux a thread's own number names that thread alone (setpriority(2)).
    return setpriority(PRIO_PROCESS, 0, niceness) == 0 ? 0 : errno;
}

int cplatform_signal_descriptor(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    int failure = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (failure != 0) {
        errno = failure;
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
