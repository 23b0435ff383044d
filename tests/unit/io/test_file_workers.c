/* SPDX-License-Identifier: Apache-2.0 */
/* Files that workers read ahead and write behind are what they are without workers. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "io/sink.h"
#include "io/source.h"
#include "io/worker_pool.h"
#include "io_fixture.h"
#include "wire/header.h"

enum { KIB = 1024, FRAMES = 40 };

static uint8_t octets[6 << 20];

/* Octets that do not repeat, of some 8 KiB to 5 MiB. */
static nm_span
body_of(uint64_t *random)
{
    if (octets[1] == 0) {
        for (size_t i = 0; i < sizeof octets; i++) {
            octets[i] = (uint8_t)(check_random(random) >> 40 | 1);
        }
    }
    size_t len =
        check_random(random) >> 60 == 0 ? 5 << 20 : 8U * KIB << (check_random(random) >> 61);
    return nm_span_of(octets + (check_random(random) >> 44), len);
}

static nm_worker_pool *
pool_new(void)
{
    nm_worker_pool *pool = NULL;
    CHECK_OR_EXIT(nm_worker_pool_new(2, &pool, /* err= */ NULL) == NM_OK);
    return pool;
}

/* A file without a name, and another descriptor of it that has a position of its own. */
static int
file_new(int *out_again)
{
    char path[] = "/tmp/nmsg-test-XXXXXX";
    int fd = mkstemp(path);
    *out_again = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_OR_EXIT(fd >= 0 && *out_again >= 0);
    CHECK_EQ(unlink(path), 0);
    return fd;
}

static nm_source *
source_new(int fd, nm_worker_pool *pool)
{
    nm_source *source = NULL;
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_OR_EXIT(nm_file_source_open(fd, /* owns_fd= */ false, &nm_limits_default, &source,
                                      /* err= */ NULL) == NM_OK);
    nm_stream_read_ahead(source->ops->stream(source), pool);
    return source;
}

/* Frame by frame, two sources give the same, in the same places, to the same end. */
static void
compare_sources(nm_source *a, nm_source *b, size_t least)
{
    nm_status status = NM_OK;
    size_t frames = 0;
    for (; status == NM_OK; frames++) {
        nm_error a_error = {.code = NM_OK};
        nm_error b_error = {.code = NM_OK};
        nm_frame a_frame = {.offset = 0};
        nm_frame b_frame = {.offset = 0};
        status = a->ops->next(a, /* wait= */ NULL, &a_frame, &a_error);
        CHECK_EQ(b->ops->next(b, /* wait= */ NULL, &b_frame, &b_error), status);
        CHECK_SPAN(a_frame.octets, b_frame.octets);
        CHECK_EQ(a_frame.offset, b_frame.offset);
        CHECK_EQ(a_error.offset, b_error.offset);
        CHECK_EQ(a->ops->counts(a).octets >= a_frame.octets.len, true);
    }
    CHECK(frames > least);
    CHECK_EQ(a->ops->counts(a).octets, b->ops->counts(b).octets);
}

static void
what_workers_read_is_what_is_there(void)
{
    nm_worker_pool *pool = pool_new();
    uint64_t random = 3;
    for (size_t turn = 0; turn < 12; turn++) {
        int again = -1;
        int fd = file_new(&again);
        size_t len = 0;
        for (size_t i = 0; i < FRAMES; i++) {
            nm_span body = body_of(&random);
            uint8_t header[NM_HEADER_LEN];
            nm_header_encode(0, (uint32_t)body.len, header);
            CHECK_EQ(write(fd, header, sizeof header), (ssize_t)sizeof header);
            CHECK_EQ(write(fd, body.data, body.len), (ssize_t)body.len);
            len += sizeof header + body.len;
        }
        if (turn % 3 > 0) { /* It ends early, or in garbage. */
            CHECK_EQ(ftruncate(fd, (off_t)(len - 7)), 0);
        }
        if (turn % 3 > 1) {
            CHECK_EQ(pwrite(fd, "garbage", 7, (off_t)(len - 7)), 7);
        }
        nm_source *plain = source_new(fd, NULL);
        nm_source *ahead = source_new(again, pool);
        compare_sources(ahead, plain, FRAMES - 1);
        ahead->ops->free(ahead);
        plain->ops->free(plain);
        close(again);
        close(fd);
    }
    nm_worker_pool_free(pool);
}

static void
what_a_worker_cannot_read_is_told_with_its_place(void)
{
    nm_worker_pool *pool = pool_new();
    char path[] = "/tmp/nmsg-test-XXXXXX";
    int made = mkstemp(path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK_OR_EXIT(made >= 0 && fd >= 0);
    CHECK_EQ(unlink(path), 0);
    nm_stream_ahead *ahead = nm_stream_ahead_new(fd, pool, SIZE_MAX / 2);
    CHECK_OR_EXIT(ahead != NULL);
    nm_buffer buffer;
    nm_buffer_init(&buffer, SIZE_MAX / 2, &nm_allocator_heap);
    nm_span rest = nm_span_of(NULL, 0);
    nm_error err = {.code = NM_OK};
    size_t len = 1;
    nm_stream_ahead_begin(ahead);
    CHECK_EQ(nm_stream_ahead_take(ahead, &buffer, &rest, /* offset= */ 77, &len, &err),
             NM_E_SYSTEM);
    CHECK_EQ(err.sys_errno, EBADF);
    CHECK(strstr(err.message, "offset 77") != NULL);
    CHECK(!nm_stream_ahead_has_begun(ahead));
    nm_stream_ahead_free(ahead);
    nm_buffer_clear(&buffer);
    close(fd);
    close(made);
    nm_worker_pool_free(pool);
}

static nm_sink *
sink_new(int fd, nm_worker_pool *pool)
{
    nm_sink *sink = NULL;
    CHECK_OR_EXIT(nm_file_sink_open(fd, /* owns_fd= */ false, pool, &sink, /* err= */ NULL) ==
                  NM_OK);
    return sink;
}

/* Check that a file holds these octets from `offset` on. */
static void
check_file(int fd, size_t offset, nm_span expected)
{
    uint8_t *found = malloc(expected.len + 1);
    CHECK_OR_EXIT(found != NULL);
    ssize_t len = pread(fd, found, expected.len, (off_t)offset);
    CHECK_SPAN(nm_span_of(found, len < 0 ? 0 : (size_t)len), expected);
    free(found);
}

static void
what_workers_write_arrives_whole_and_in_order(void)
{
    nm_worker_pool *pool = pool_new();
    uint64_t random = 9;
    int again = -1;
    int fd = file_new(&again);
    nm_sink *sink = sink_new(fd, pool);
    nm_span bodies[FRAMES];
    for (size_t i = 0; i < FRAMES; i++) {
        size_t done = 0;
        bodies[i] = body_of(&random);
        CHECK_EQ(sink->ops->write(sink, bodies[i], &done, NULL, NULL), NM_OK);
        CHECK_EQ(done, bodies[i].len);
    }
    CHECK_EQ(sink->ops->flush(sink, NULL, NULL), NM_OK);
    size_t offset = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        check_file(fd, offset, bodies[i]);
        offset += bodies[i].len;
    }
    CHECK_EQ(lseek(fd, 0, SEEK_END), (off_t)offset);
    CHECK_EQ(sink->ops->free(sink, NULL), NM_OK);
    close(again);
    close(fd);
    nm_worker_pool_free(pool);
}

static void
limit_files(rlim_t len)
{
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = len < limit.rlim_max ? len : limit.rlim_max;
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What a worker could not write is told by the next call, and written when it can be. */
static void
what_fails_is_told_and_not_lost(void)
{
    enum { LEN = 300 * KIB };
    nm_worker_pool *pool = pool_new();
    uint64_t random = 5;
    (void)body_of(&random);
    int again = -1;
    int fd = file_new(&again);
    nm_sink *sink = sink_new(fd, pool);
    nm_error err = {.code = NM_OK};
    size_t first = 0;
    size_t second = 0;
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(200 * KIB);
    CHECK_EQ(sink->ops->write(sink, nm_span_of(octets, LEN), &first, NULL, &err), NM_OK);
    CHECK_EQ(sink->ops->write(sink, nm_span_of(octets + LEN, LEN), &second, NULL, &err),
             NM_E_SYSTEM);
    CHECK_EQ(err.sys_errno, EFBIG);
    CHECK_EQ(second, 0);
    CHECK_EQ(sink->ops->flush(sink, NULL, &err), NM_E_SYSTEM); /* It was tried again. */
    limit_files(RLIM_INFINITY);
    CHECK_EQ(sink->ops->write(sink, nm_span_of(octets + LEN, LEN), &second, NULL, &err), NM_OK);
    CHECK_EQ(sink->ops->flush(sink, NULL, &err), NM_OK);
    check_file(fd, 0, nm_span_of(octets, 2 * LEN));
    limit_files(100 * KIB);
    second = 0;
    CHECK_EQ(sink->ops->write(sink, nm_span_of(octets, LEN), &second, NULL, &err), NM_OK);
    CHECK_EQ(sink->ops->free(sink, &err), NM_E_SYSTEM); /* Closing is the last call to tell. */
    limit_files(RLIM_INFINITY);
    close(again);
    close(fd);
    nm_worker_pool_free(pool);
}

CHECK_MAIN(CHECK_TEST(what_workers_read_is_what_is_there),
           CHECK_TEST(what_a_worker_cannot_read_is_told_with_its_place),
           CHECK_TEST(what_workers_write_arrives_whole_and_in_order),
           CHECK_TEST(what_fails_is_told_and_not_lost))
