#include "cplatform_timer.h"

#include <sys/timerfd.h>
#include <time.h>

int cplatform_timer(void) {
    return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

int cplatform_timer_arm(int timer, uint64_t at_ns) {
    struct itimerspec once = {
        .it_value = {.tv_sec = (time_t)(at_ns / 1000000000), .tv_nsec = (long)(at_ns % 1000000000)}};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &once, NULL);
}
