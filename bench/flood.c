/* SPDX-License-Identifier: Apache-2.0 */
/* Sends equal frames on an interface at a steady rate, in batches of a millisecond.
 *
 * usage: flood INTERFACE RATE SECONDS
 *
 * Writes how many were sent, and the seconds that took. Frames are 100 octets of DNS query. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_LEN = 100, BATCH_MAX = 1024, TICK_NS = 1000000 };

/* Ethernet, IPv4 and UDP to port 53; from 198.18.0.1 to 198.18.0.2. */
static const unsigned char head[] = {
    2, 0,  0,  0,    0,    1,   2,  0, 0, 0,   0,  2, 8, 0,    0x45, 0, 0,  86, 0,  7, 0,
    0, 64, 17, 0xa9, 0x99, 198, 18, 0, 1, 198, 18, 0, 2, 0x9c, 0x40, 0, 53, 0,  66, 0, 0,
};

static double
seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
    static unsigned char frame[FRAME_LEN];
    static struct mmsghdr batch[BATCH_MAX];
    static struct iovec vector = {.iov_base = frame, .iov_len = sizeof frame};
    if (argc != 4) {
        fprintf(stderr, "usage: flood INTERFACE RATE SECONDS\n");
        return 2;
    }
    double rate = strtod(argv[2], NULL);
    double duration = strtod(argv[3], NULL);
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll place = {.sll_family = AF_PACKET,
                                .sll_ifindex = (int)if_nametoindex(argv[1])};
    if (fd < 0 || bind(fd, (struct sockaddr *)&place, sizeof place) != 0) {
        perror("flood");
        return 1;
    }
    memcpy(frame, head, sizeof head);
    for (int i = 0; i < BATCH_MAX; i++) {
        batch[i].msg_hdr.msg_iov = &vector;
        batch[i].msg_hdr.msg_iovlen = 1;
    }
    double begun = seconds_now();
    unsigned long long sent = 0;
    for (double past = 0; past < duration; past = seconds_now() - begun) {
        double due = rate * past - (double)sent;
        if (due < 1) {
            struct timespec tick = {.tv_nsec = TICK_NS};
            nanosleep(&tick, NULL);
            continue;
        }
        int count = sendmmsg(fd, batch, due < BATCH_MAX ? (unsigned)due : BATCH_MAX, 0);
        if (count > 0) {
            sent += (unsigned long long)count;
        } else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
            perror("flood");
            return 1;
        }
    }
    printf("%llu %.3f\n", sent, seconds_now() - begun);
    close(fd);
    return 0;
}
