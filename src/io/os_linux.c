/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: eventfd, epoll, recvmmsg, sendmmsg with segments, forced buffer sizes, drop counters, what
 * is unsent, huge pages, priorities. */
#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "io/os.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103 /* linux/udp.h; older C libraries lack it. */
#endif

nm_status
nm_event_open(nm_event *out, nm_error *err)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return nm_error_set_system(err, errno, "eventfd() failed");
    }
    *out = (nm_event){.read_fd = fd, .write_fd = fd};
    return NM_OK;
}

void
nm_event_close(nm_event *event)
{
    if (event->read_fd >= 0) {
        (void)close(event->read_fd); /* Nothing to be done about a failure. */
    }
    *event = (nm_event){.read_fd = -1, .write_fd = -1};
}

void
nm_event_set(const nm_event *event)
{
    uint64_t one = 1;
    /* Fails only when the counter is at its end, and then the flag is set. */
    ssize_t ignored = write(event->write_fd, &one, sizeof one);
    (void)ignored;
}

void
nm_event_unset(const nm_event *event)
{
    uint64_t counter;
    /* Fails only when the flag is not set. */
    ssize_t ignored = read(event->read_fd, &counter, sizeof counter);
    (void)ignored;
}

nm_status
nm_watch_open(const int *fds, size_t count, int *out, nm_error *err)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) {
        return nm_error_set_system(err, errno, "epoll_create1() failed");
    }
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[i], &event) != 0) {
            int failure = errno;
            (void)close(epoll_fd); /* It is of no use. */
            return nm_error_set_system(err, failure, "epoll_ctl() failed");
        }
    }
    *out = epoll_fd;
    return NM_OK;
}

nm_status
nm_alarm_open(int fd, int interval_ms, nm_alarm *out, nm_error *err)
{
    nm_alarm a = {.fd = -1, .timer_fd = -1, .flag = {-1, -1}};
    struct timespec interval = {.tv_sec = interval_ms / 1000,
                                .tv_nsec = (long)(interval_ms % 1000) * 1000000};
    struct itimerspec times = {.it_interval = interval, .it_value = interval};
    a.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    nm_status status = nm_event_open(&a.flag, err);
    if (status == NM_OK && (a.timer_fd < 0 || timerfd_settime(a.timer_fd, 0, &times, NULL) != 0)) {
        status = nm_error_set_system(err, errno, "no timer");
    }
    if (status == NM_OK) {
        const int fds[] = {fd, a.timer_fd, a.flag.read_fd};
        status = nm_watch_open(fds, sizeof fds / sizeof *fds, &a.fd, err);
    }
    if (status != NM_OK) {
        nm_alarm_close(&a);
        return status;
    }
    *out = a;
    return NM_OK;
}

void
nm_alarm_close(nm_alarm *alarm)
{
    if (alarm->fd >= 0) {
        (void)close(alarm->fd); /* Nothing to be done about a failure, here and below. */
    }
    if (alarm->timer_fd >= 0) {
        (void)close(alarm->timer_fd);
    }
    nm_event_close(&alarm->flag);
    alarm->fd = -1;
    alarm->timer_fd = -1;
}

void
nm_alarm_rest(const nm_alarm *alarm)
{
    uint64_t times;
    /* Fails only when it is not time. */
    ssize_t ignored = read(alarm->timer_fd, &times, sizeof times);
    (void)ignored;
}

/* -- datagrams -- */

enum {
    RECEIVE_BATCH = 64,
    VECTORS = 2,           /* Per datagram: where it lands, and for what does not fit there. */
    HASTE = 10,            /* In units of nice: far before the others of the process. */
    HUGE_LEN = 2048 * 1024 /* The usual size of large pages; other sizes do no harm. */
};

struct nm_receive_batch {
    struct mmsghdr headers[RECEIVE_BATCH];
    struct iovec vectors[RECEIVE_BATCH][VECTORS];
    struct sockaddr_storage senders[RECEIVE_BATCH];
    bool is_gathered; /* The datagrams of the last filling lie in `octets`. */
    uint8_t octets[RECEIVE_BATCH][NM_DATAGRAM_MAX + 1];
};

nm_receive_batch *
nm_receive_batch_new(void)
{
    /* Not zeroed: pages that no datagram reaches are never touched. */
    nm_receive_batch *batch = malloc(sizeof *batch);
    if (batch == NULL) {
        return NULL;
    }
    batch->is_gathered = false;
    for (int i = 0; i < RECEIVE_BATCH; i++) {
        batch->headers[i] = (struct mmsghdr){
            .msg_hdr = {.msg_iov = batch->vectors[i],
                        .msg_iovlen = VECTORS,
                        .msg_name = &batch->senders[i]},
        };
    }
    return batch;
}

void
nm_receive_batch_free(nm_receive_batch *batch)
{
    free(batch);
}

size_t
nm_receive_batch_most(void)
{
    return RECEIVE_BATCH;
}

/* Put the datagrams, each of which lies in two pieces, or could, into one piece each. */
static void
gather(nm_receive_batch *batch, size_t count, size_t cap)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = batch->headers[i].msg_len;
        memcpy(batch->octets[i], batch->vectors[i][0].iov_base, len < cap ? len : cap);
    }
    batch->is_gathered = true;
}

int
nm_receive_batch_fill(nm_receive_batch *batch, int fd, const nm_landing *landing)
{
    size_t cap = landing->cap < NM_DATAGRAM_MAX ? landing->cap : NM_DATAGRAM_MAX;
    size_t most = landing->count < RECEIVE_BATCH ? landing->count : RECEIVE_BATCH;
    for (size_t i = 0; i < most; i++) {
        batch->headers[i].msg_hdr.msg_namelen = sizeof batch->senders[i];
        batch->vectors[i][0] = (struct iovec){landing->first + i * landing->step, cap};
        batch->vectors[i][1] =
            (struct iovec){batch->octets[i] + cap, sizeof batch->octets[i] - cap};
    }
    batch->is_gathered = false;
    int count = recvmmsg(fd, batch->headers, (unsigned)most, MSG_DONTWAIT, /* timeout= */ NULL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    for (int i = 0; i < count && !batch->is_gathered; i++) {
        if (batch->headers[i].msg_len > cap) {
            gather(batch, (size_t)count, cap);
        }
    }
    return count;
}

nm_datagram
nm_receive_batch_get(const nm_receive_batch *batch, int i)
{
    const void *octets = batch->is_gathered ? batch->octets[i] : batch->vectors[i][0].iov_base;
    return (nm_datagram){
        .octets = nm_span_of(octets, batch->headers[i].msg_len),
        .sender = nm_sender_of(&batch->senders[i]),
    };
}

void
nm_memory_prefer_huge(void *memory, size_t len)
{
    if (len >= HUGE_LEN) {
        (void)madvise(memory, len, MADV_HUGEPAGE); /* Only a wish. */
    }
}

void
nm_memory_release(void *memory, size_t len)
{
    (void)madvise(memory, len, MADV_DONTNEED); /* If it fails, it stays as it was. */
}

void
nm_thread_hasten(void)
{
    /* On Linux this is about the calling thread. Who may not is refused, and goes on as before. */
    errno = 0;
    int before = getpriority(PRIO_PROCESS, 0);
    if (errno == 0) {
        (void)setpriority(PRIO_PROCESS, 0, before - HASTE); /* The kernel knows the limit. */
    }
}

/* The control message that has the kernel cut octets into datagrams. */
typedef struct segment_control {
    alignas(struct cmsghdr) uint8_t octets[CMSG_SPACE(sizeof(uint16_t))];
} segment_control;

static void
set_segment_len(struct msghdr *message, segment_control *control, size_t segment_len)
{
    uint16_t len = (uint16_t)segment_len;
    memset(control, 0, sizeof *control);
    message->msg_control = control;
    message->msg_controllen = sizeof *control;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof len);
    memcpy(CMSG_DATA(header), &len, sizeof len);
}

int
nm_socket_send(int fd, const nm_outgoing *list, size_t count)
{
    struct mmsghdr headers[NM_SEND_BATCH];
    struct iovec vectors[NM_SEND_BATCH];
    segment_control controls[NM_SEND_BATCH];
    count = count < NM_SEND_BATCH ? count : NM_SEND_BATCH;
    for (size_t i = 0; i < count; i++) {
        vectors[i] = (struct iovec){(void *)(uintptr_t)list[i].octets.data, list[i].octets.len};
        headers[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1}};
        if (list[i].segment_len > 0) {
            set_segment_len(&headers[i].msg_hdr, &controls[i], list[i].segment_len);
        }
    }
    return sendmmsg(fd, headers, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

size_t
nm_socket_set_receive_buffer(int fd, size_t len)
{
    int wanted = len > INT32_MAX / 2 ? INT32_MAX / 2 : (int)len;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
        /* Without the right to force, the kernel cuts it to its limit. */
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    }
    int granted = 0;
    socklen_t size = sizeof granted;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size) != 0 || granted < 0) {
        return 0;
    }
    return (size_t)granted / 2; /* The kernel doubles what it is asked for, and tells that. */
}

size_t
nm_socket_unsent(int fd)
{
    int unsent = 0;
    return ioctl(fd, SIOCOUTQ, &unsent) == 0 && unsent > 0 ? (size_t)unsent : 0;
}

uint32_t
nm_socket_drops(int fd)
{
    uint32_t values[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof values;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &size) != 0) {
        return 0;
    }
    return values[SK_MEMINFO_DROPS];
}

unsigned
nm_processor_count(void)
{
    cpu_set_t usable;
    int count = sched_getaffinity(/* this thread */ 0, sizeof usable, &usable) == 0
                    ? CPU_COUNT(&usable)
                    : 1; /* More processors than fit the set, or none to be told of. */
    return count > 0 ? (unsigned)count : 1;
}
