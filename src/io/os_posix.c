/* SPDX-License-Identifier: Apache-2.0 */
/* Systems other than Linux: a pipe as flag, one recvfrom() per datagram, no drop counter. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "io/os.h"

static bool
make_private(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

nm_status
nm_event_open(nm_event *out, nm_error *err)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return nm_error_set_system(err, errno, "pipe() failed");
    }
    *out = (nm_event){.read_fd = ends[0], .write_fd = ends[1]};
    if (!make_private(ends[0]) || !make_private(ends[1])) {
        int failure = errno;
        nm_event_close(out);
        return nm_error_set_system(err, failure, "fcntl() failed");
    }
    return NM_OK;
}

void
nm_event_close(nm_event *event)
{
    if (event->read_fd >= 0) {
        (void)close(event->read_fd); /* Nothing to be done about a failure. */
        (void)close(event->write_fd);
    }
    *event = (nm_event){.read_fd = -1, .write_fd = -1};
}

void
nm_event_set(const nm_event *event)
{
    ssize_t ignored = write(event->write_fd, "", 1); /* A full pipe is a set flag. */
    (void)ignored;
}

void
nm_event_unset(const nm_event *event)
{
    char octets[64];
    while (read(event->read_fd, octets, sizeof octets) > 0) {
    }
}

nm_status
nm_watch_open(const int *fds, size_t count, int *out, nm_error *err)
{
    (void)fds;
    (void)count;
    (void)out;
    return nm_error_set_system(err, ENOSYS, "no descriptor for several others on this system");
}

nm_status
nm_alarm_open(int fd, int interval_ms, nm_alarm *out, nm_error *err)
{
    (void)interval_ms;
    *out = (nm_alarm){.fd = fd, .timer_fd = -1};
    return nm_event_open(&out->flag, err);
}

void
nm_alarm_close(nm_alarm *alarm)
{
    nm_event_close(&alarm->flag);
    alarm->fd = -1;
}

void
nm_alarm_rest(const nm_alarm *alarm)
{
    (void)alarm;
}

struct nm_receive_batch {
    struct sockaddr_storage sender;
    nm_span octets; /* The datagram. */
    uint8_t room[NM_DATAGRAM_MAX + 1];
};

nm_receive_batch *
nm_receive_batch_new(void)
{
    return malloc(sizeof(nm_receive_batch));
}

void
nm_receive_batch_free(nm_receive_batch *batch)
{
    free(batch);
}

size_t
nm_receive_batch_most(void)
{
    return 1;
}

int
nm_receive_batch_fill(nm_receive_batch *batch, int fd, const nm_landing *landing)
{
    size_t cap = landing->cap < NM_DATAGRAM_MAX ? landing->cap : NM_DATAGRAM_MAX;
    struct iovec vectors[] = {{landing->first, cap}, {batch->room + cap, sizeof batch->room - cap}};
    struct msghdr header = {.msg_name = &batch->sender,
                            .msg_namelen = sizeof batch->sender,
                            .msg_iov = vectors,
                            .msg_iovlen = 2};
    ssize_t len = recvmsg(fd, &header, MSG_DONTWAIT);
    if (len < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
    }
    batch->octets = nm_span_of(landing->first, (size_t)len);
    if ((size_t)len > cap) {
        memcpy(batch->room, landing->first, cap);
        batch->octets.data = batch->room;
    }
    return 1;
}

nm_datagram
nm_receive_batch_get(const nm_receive_batch *batch, int i)
{
    (void)i; /* There is only one. */
    return (nm_datagram){.octets = batch->octets, .sender = nm_sender_of(&batch->sender)};
}

void
nm_memory_prefer_huge(void *memory, size_t len)
{
    (void)memory;
    (void)len;
}

void
nm_memory_release(void *memory, size_t len)
{
    (void)memory; /* It is kept. */
    (void)len;
}

void
nm_thread_hasten(void)
{
}

int
nm_socket_send(int fd, const nm_outgoing *list, size_t count)
{
    (void)count; /* One by one. */
    if (list->segment_len > 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    ssize_t len = send(fd, list->octets.data, list->octets.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return len < 0 ? -1 : 1;
}

size_t
nm_socket_set_receive_buffer(int fd, size_t len)
{
    int granted = 0;
    socklen_t size = sizeof granted;
    /* Some systems refuse more than their limit instead of cutting it. */
    for (int wanted = len > INT32_MAX / 2 ? INT32_MAX / 2 : (int)len; wanted > 0; wanted /= 2) {
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted) == 0) {
            break;
        }
    }
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size) != 0 || granted < 0) {
        return 0;
    }
    return (size_t)granted;
}

size_t
nm_socket_unsent(int fd)
{
    (void)fd;
    return 0;
}

uint32_t
nm_socket_drops(int fd)
{
    (void)fd;
    return 0;
}

unsigned
nm_processor_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 && count < 1024 ? (unsigned)count : 1;
}
