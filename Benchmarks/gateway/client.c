/* A client that keeps so many connections busy, or sends at a constant rate whatever the answers do. At a rate a request's
   latency counts from when it was due, not from when it could be sent: else a slow server would slow its own measurement.

   client PORT PATH BODY_FILE CONNECTIONS RATE COUNT UNITS WATCHED
     RATE     requests per second; 0: each connection sends as soon as it has its answer
     COUNT    requests in all; 0: until SIGTERM
     UNITS    how many different values of x-customer are sent
     WATCHED  answers by this version are counted, and when the last one came
   Prints one JSON object. Times are of CLOCK_MONOTONIC, which other programs of the machine share. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, REQUEST_MAX = 1 << 16, ANSWER_MAX = 1 << 16, SUB_BITS = 7, BUCKETS = 64 << SUB_BITS };
struct connection { int fd; int busy; size_t count; double due; char answer[ANSWER_MAX]; };

static struct connection *connections;
static int connection_count, port, poller, idle[CONNECTIONS_MAX], idle_count;
static const char *path, *watched;
static char body[REQUEST_MAX];
static size_t body_bytes;
static uint64_t units, sent, answered, failed, of_watched, buckets[BUCKETS];
static double last_watched = -1, first_watched = -1;
static volatile sig_atomic_t is_ended;

static void end(int signal_number) { (void)signal_number; is_ended = 1; }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Buckets of less than one per cent: the highest bits of the nanoseconds. */
static void observe(double seconds) {
    uint64_t ns = seconds <= 0 ? 1 : (uint64_t)(seconds * 1e9) | 1;
    int high = 63 - __builtin_clzll(ns);
    uint64_t at = high < SUB_BITS ? ns : ((uint64_t)(high - SUB_BITS) << SUB_BITS) + (ns >> (high - SUB_BITS));
    buckets[at < BUCKETS ? at : BUCKETS - 1]++;
}

static double quantile_us(double share) {
    uint64_t rank = (uint64_t)((double)answered * share), seen = 0;
    for (uint64_t at = 0; at < BUCKETS; at++) {
        seen += buckets[at];
        if (seen <= rank) continue;
        if (at < 1 << SUB_BITS) return (double)at / 1000;
        uint64_t high = at >> SUB_BITS, low = at & ((1 << SUB_BITS) - 1);
        return (double)((low | 1 << SUB_BITS) << (high - 1)) / 1000;
    }
    return 0;
}

static void fail(const char *what) { perror(what); exit(1); }

static void join(struct connection *c) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
}

/* Also after an answer that is none: the connection is opened again and the request counts as failed. */
static void lose(struct connection *c) {
    failed++;
    close(c->fd);
    join(c);
}

static void send_request(struct connection *c, double due) {
    static char bytes[REQUEST_MAX + 1024];
    uint64_t unit = units ? sent * 7919 % units : 0;
    int count = snprintf(bytes, sizeof bytes,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nx-customer: customer-%07llu\r\n"
        "Content-Length: %zu\r\n\r\n", path, (unsigned long long)unit, body_bytes);
    memcpy(bytes + count, body, body_bytes);
    c->busy = 1;
    c->count = 0;
    c->due = due;
    sent++;
    ssize_t all = count + (ssize_t)body_bytes;
    if (send(c->fd, bytes, (size_t)all, MSG_NOSIGNAL) == all) return;
    c->busy = 0;
    lose(c);
    idle[idle_count++] = (int)(c - connections);
}

/* Whether the answer is whole; with what it says of its version. */
static int is_whole(struct connection *c, int *is_ok, int *is_watched) {
    c->answer[c->count] = 0;
    char *stop = strstr(c->answer, "\r\n\r\n");
    if (!stop) return 0;
    size_t length = 0;
    *is_ok = c->count > 12 && c->answer[9] == '2';
    *is_watched = 0;
    for (char *line = strstr(c->answer, "\r\n"); line && line < stop; line = strstr(line + 2, "\r\n")) {
        char *field = line + 2;
        if (!strncasecmp(field, "content-length:", 15)) length = strtoul(field + 15, NULL, 10);
        if (watched[0] && !strncasecmp(field, "x-gatehouse-version: ", 21)) {
            size_t digits = strcspn(field + 21, "\r");
            *is_watched = digits == strlen(watched) && !strncmp(field + 21, watched, digits);
        }
    }
    return c->count >= (size_t)(stop - c->answer) + 4 + length;
}

static void read_answer(struct connection *c) {
    ssize_t got = recv(c->fd, c->answer + c->count, ANSWER_MAX - 1 - c->count, 0);
    int is_ok, is_watched;
    if (got <= 0) {
        int was_busy = c->busy;
        c->busy = 0;
        lose(c);
        if (was_busy) idle[idle_count++] = (int)(c - connections);
        return;
    }
    c->count += (size_t)got;
    if (!c->busy || !is_whole(c, &is_ok, &is_watched)) return;
    double time = now();
    c->busy = 0;
    idle[idle_count++] = (int)(c - connections);
    if (!is_ok) { failed++; return; }
    answered++;
    observe(time - c->due);
    if (is_watched) {
        of_watched++;
        if (first_watched < 0) first_watched = time;
        last_watched = time;
    }
}

int main(int argc, char **argv) {
    if (argc != 9) { fprintf(stderr, "usage: client PORT PATH BODY_FILE CONNECTIONS RATE COUNT UNITS WATCHED\n"); return 64; }
    port = atoi(argv[1]);
    path = argv[2];
    FILE *file = fopen(argv[3], "rb");
    if (!file) fail(argv[3]);
    body_bytes = fread(body, 1, sizeof body, file);
    connection_count = atoi(argv[4]);
    double rate = atof(argv[5]);
    uint64_t total = strtoull(argv[6], NULL, 10);
    units = strtoull(argv[7], NULL, 10);
    watched = argv[8];
    if (connection_count < 1 || connection_count > CONNECTIONS_MAX) return 64;
    signal(SIGTERM, end);
    poller = epoll_create1(0);
    connections = calloc((size_t)connection_count, sizeof *connections);
    for (int i = 0; i < connection_count; i++) { join(&connections[i]); idle[idle_count++] = i; }
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    double start = now();
    while (!is_ended && (total == 0 || answered + failed < total)) {
        double time = now();
        while (idle_count > 0 && (total == 0 || sent < total)) {
            double due = rate > 0 ? start + (double)sent / rate : time;
            if (due > time) {
                double seconds = (double)(uint64_t)due;
                struct itimerspec at = {.it_value = {(time_t)seconds, (long)((due - seconds) * 1e9)}};
                timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
                break;
            }
            send_request(&connections[idle[--idle_count]], due);
        }
        int count = epoll_wait(poller, events, 256, 1000);
        for (int i = 0; i < count; i++) {
            uint64_t expirations;
            if (events[i].data.ptr) read_answer(events[i].data.ptr);
            else if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN) fail("timer");
        }
    }
    double seconds = now() - start;
    printf("{\"requests\": %llu, \"failed\": %llu, \"seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, "
           "\"watched\": %llu, \"first_watched\": %.6f, \"last_watched\": %.6f}\n",
        (unsigned long long)answered, (unsigned long long)failed, seconds, quantile_us(0.5), quantile_us(0.99),
        quantile_us(0.999), (unsigned long long)of_watched, first_watched, last_watched);
    return 0;
}
