// The ceiling: the smallest epoll loop that answers every HTTP/1.1 request with the same bytes, on one thread.
//
// What a server here can reach at most: the same sockets, the same reads and writes, and nothing else. Requests are
// framed honestly (head up to the empty line, body by Content-Length), so that split and pipelined ones are answered
// one for one; nothing of them is looked at otherwise. Not supported, the connection is closed: chunked requests,
// requests above 16 KiB, a peer that sends more requests than it reads answers.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_BYTES_MAX = 16384,
    DESCRIPTORS_MAX = 65536,
    EVENTS_MAX = 512,
    ANSWERS_PER_WRITE_MAX = 64,
};

struct connection {
    size_t used;
    char bytes[REQUEST_BYTES_MAX];
};

static struct connection *connections[DESCRIPTORS_MAX];
static char *answers;
static size_t answer_bytes = 420;
static int status = 201;
static int port = 8080;

static void fail(const char *what) {
    fprintf(stderr, "ceiling: %s: %s\n", what, strerror(errno));
    exit(3);
}

static void prepare_answers(void) {
    char head[256];
    size_t head_bytes = 0;
    size_t body_bytes = 16;
    // The length of the length can change once; the second pass settles it.
    for (int pass = 0; pass < 3; pass++) {
        head_bytes = (size_t)snprintf(
            head, sizeof head, "HTTP/1.1 %d Constant\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
            status, body_bytes);
        body_bytes = answer_bytes > head_bytes + 4 ? answer_bytes - head_bytes : 4;
    }
    answer_bytes = head_bytes + body_bytes;
    answers = malloc(answer_bytes * ANSWERS_PER_WRITE_MAX);
    if (!answers) fail("memory");
    memcpy(answers, head, head_bytes);
    memset(answers + head_bytes, 'x', body_bytes);
    memcpy(answers + head_bytes, "[\"", 2);
    memcpy(answers + answer_bytes - 2, "\"]", 2);
    for (int copy = 1; copy < ANSWERS_PER_WRITE_MAX; copy++)
        memcpy(answers + (size_t)copy * answer_bytes, answers, answer_bytes);
}

// Bytes of the first request in `bytes`; 0 when it is not complete yet.
static size_t request_length(const char *bytes, size_t count) {
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t body = 0;
    for (const char *line = bytes; line < end;) {
        const char *feed = memchr(line, '\n', (size_t)(end + 2 - line));
        if (!feed) break;
        line = feed + 1;
        if ((*line | 0x20) == 'c' && end - line > 15 && strncasecmp(line, "content-length:", 15) == 0) {
            body = strtoul(line + 15, NULL, 10);
            break;
        }
    }
    size_t length = (size_t)(end + 4 - bytes) + body;
    return length <= count ? length : 0;
}

static void end_connection(int descriptor) {
    close(descriptor);
    connections[descriptor]->used = 0;
}

static int write_answers(int descriptor, size_t count) {
    while (count > 0) {
        size_t now = count < ANSWERS_PER_WRITE_MAX ? count : ANSWERS_PER_WRITE_MAX;
        ssize_t sent = send(descriptor, answers, now * answer_bytes, MSG_NOSIGNAL);
        if (sent != (ssize_t)(now * answer_bytes)) return -1;
        count -= now;
    }
    return 0;
}

static void serve(int descriptor) {
    struct connection *connection = connections[descriptor];
    ssize_t got = read(descriptor, connection->bytes + connection->used, REQUEST_BYTES_MAX - connection->used);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        end_connection(descriptor);
        return;
    }
    size_t have = connection->used + (size_t)got;
    size_t at = 0, length = 0, requests = 0;
    while (at < have && (length = request_length(connection->bytes + at, have - at)) > 0) {
        at += length;
        requests++;
    }
    connection->used = have - at;
    if (connection->used > 0 && at > 0) memmove(connection->bytes, connection->bytes + at, connection->used);
    if (connection->used == REQUEST_BYTES_MAX || write_answers(descriptor, requests) != 0) end_connection(descriptor);
}

static void welcome(int queue, int listener) {
    int descriptor;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int one = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        if (descriptor >= DESCRIPTORS_MAX || epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) != 0) {
            close(descriptor);
            continue;
        }
        if (!connections[descriptor]) connections[descriptor] = malloc(sizeof(struct connection));
        if (!connections[descriptor]) fail("memory");
        connections[descriptor]->used = 0;
    }
}

static int listen_here(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) != 0) fail("bind");
    if (listen(listener, 4096) != 0) fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) fail("getsockname");
    printf("ceiling listening on 127.0.0.1:%d, answering %d with %zu bytes\n", ntohs(address.sin_port), status,
           answer_bytes);
    fflush(stdout);
    return listener;
}

static void usage(FILE *to) {
    fprintf(to, "Usage: ceiling [--port N] [--status N] [--answer-bytes N]\n\n"
                "Answers every HTTP/1.1 request on 127.0.0.1 with the same bytes, on one thread.\n\n"
                "  --port N          where to listen; 0 lets the kernel choose (8080)\n"
                "  --status N        the status of the answer, 200 to 599 (201)\n"
                "  --answer-bytes N  head and body together, at most 65536 (420)\n");
}

static long number(const char *name, const char *text, long low, long high) {
    char *end = NULL;
    long value = text ? strtol(text, &end, 10) : 0;
    if (!text || *text == 0 || *end != 0 || value < low || value > high) {
        fprintf(stderr, "ceiling: %s takes a number from %ld to %ld\n", name, low, high);
        exit(2);
    }
    return value;
}

static void read_arguments(int count, char **words) {
    for (int at = 1; at < count; at += 2) {
        const char *name = words[at], *value = at + 1 < count ? words[at + 1] : NULL;
        if (strcmp(name, "--help") == 0) {
            usage(stdout);
            exit(0);
        }
        if (strcmp(name, "--port") == 0) {
            port = (int)number(name, value, 0, 65535);
        } else if (strcmp(name, "--status") == 0) {
            status = (int)number(name, value, 200, 599);
        } else if (strcmp(name, "--answer-bytes") == 0) {
            answer_bytes = (size_t)number(name, value, 100, 65536);
        } else {
            fprintf(stderr, "ceiling: unknown option %s\n", name);
            usage(stderr);
            exit(2);
        }
    }
}

int main(int count, char **words) {
    read_arguments(count, words);
    prepare_answers();
    int listener = listen_here();
    int queue = epoll_create1(EPOLL_CLOEXEC);
    if (queue < 0) fail("epoll_create1");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event) != 0) fail("epoll_ctl");
    static struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int ready = epoll_wait(queue, events, EVENTS_MAX, -1);
        for (int at = 0; at < ready; at++) {
            if (events[at].data.fd == listener) {
                welcome(queue, listener);
            } else {
                serve(events[at].data.fd);
            }
        }
    }
}
