/* A model server that costs nothing: answers every POST with the same 200 bytes. One epoll loop, keep-alive, HTTP/1.1 with
   Content-Length only; enough for wrk and proxies, no server for anything else. Usage: upstream PORT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FD_MAX = 65536, REQUEST_BYTES_MAX = 65536 };
struct connection { char *bytes; size_t count; };
static struct connection connections[FD_MAX];
static char answer[512];
static size_t answer_bytes;

static void make_answer(void) {
    char body[201];
    memset(body, ' ', 200);
    memcpy(body, "{\"predictions\": [0.123456789]", 29);
    body[199] = '}';
    body[200] = 0;
    answer_bytes = (size_t)snprintf(answer, sizeof answer,
        "HTTP/1.1 200 OK\r\nServer: upstream\r\nDate: Sun, 22 Nov 2026 00:00:00 GMT\r\n"
        "Content-Type: application/json\r\nContent-Length: 200\r\n\r\n%s", body);
}

static void end(int fd) {
    close(fd);
    free(connections[fd].bytes);
    connections[fd].bytes = NULL;
    connections[fd].count = 0;
}

/* Bytes of the first whole request, 0 when there is none. */
static size_t whole_request(const char *bytes, size_t count) {
    const char *stop = memmem(bytes, count, "\r\n\r\n", 4);
    if (!stop) return 0;
    size_t head = (size_t)(stop - bytes) + 4, body = 0;
    for (const char *line = bytes; line < stop;) {
        if (!strncasecmp(line, "content-length:", 15)) body = strtoul(line + 15, NULL, 10);
        const char *next = memmem(line, (size_t)(stop + 2 - line), "\r\n", 2);
        if (!next) break;
        line = next + 2;
    }
    return head + body <= count ? head + body : 0;
}

static void take(int fd) {
    struct connection *c = &connections[fd];
    if (!c->bytes) c->bytes = malloc(REQUEST_BYTES_MAX + 1);
    ssize_t got = read(fd, c->bytes + c->count, REQUEST_BYTES_MAX - c->count);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) return;
        end(fd);
        return;
    }
    c->count += (size_t)got;
    c->bytes[c->count] = 0;
    size_t used;
    while ((used = whole_request(c->bytes, c->count)) > 0) {
        if (write(fd, answer, answer_bytes) != (ssize_t)answer_bytes) { end(fd); return; }
        c->count -= used;
        memmove(c->bytes, c->bytes + used, c->count + 1);
    }
    if (c->count == REQUEST_BYTES_MAX) end(fd);
}

int main(int argc, char **argv) {
    int port = argc > 1 ? atoi(argv[1]) : 9000, one = 1;
    make_answer();
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) { perror("upstream"); return 1; }
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) { take(fd); continue; }
            int client;
            while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                if (client >= FD_MAX) { close(client); continue; }
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                struct epoll_event joined = {.events = EPOLLIN, .data.fd = client};
                epoll_ctl(poll, EPOLL_CTL_ADD, client, &joined);
            }
        }
    }
}
