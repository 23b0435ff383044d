/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs to files and pipes: what waits is flushed, what was interrupted goes on. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "io/worker_pool.h"
#include "io_fixture.h"

static int
temporary_file(void)
{
    char path[] = "/tmp/nmsg-test-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) {
        abort(); /* Not what is tested. */
    }
    unlink(path);
    return fd;
}

/* Read all messages of a descriptor, in any thread. @return their number, or UINT32_MAX when one is
 * not the next by its source. */
static uint32_t
count_messages(int fd)
{
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    const nm_message *message = NULL;
    uint32_t count = 0;
    if (nm_input_open_fd(fd, &options, &in, NULL) != NM_OK) {
        return UINT32_MAX;
    }
    nm_status status = fixture_read(in, &message, NULL);
    while (status == NM_OK && message->payload.source == count + 1) {
        count++;
        status = fixture_read(in, &message, NULL);
    }
    nm_input_free(in);
    return status == NM_END ? count : UINT32_MAX;
}

static void
what_was_written_is_read_back(void)
{
    int fd = temporary_file();
    static uint8_t octets[100];
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    CHECK_EQ(nm_output_open_fd(fd, &options, &out, NULL), NM_OK);
    for (uint32_t i = 1; i <= 50000; i++) {
        nm_payload payload = fixture_payload(i, nm_span_of(octets, sizeof octets));
        nm_status status = nm_output_try_write(out, &payload, NULL);
        if (status == NM_AGAIN) {
            status = fixture_write(out, i, nm_span_of(octets, sizeof octets));
        }
        CHECK_EQ(status, NM_OK);
    }
    CHECK_EQ(fixture_close(out), NM_OK);
    CHECK_EQ(fixture_close(out), NM_OK);
    CHECK_EQ(fixture_write(out, 1, nm_span_of(octets, 1)), NM_E_CLOSED);
    CHECK_EQ(nm_output_stats_get(out).messages, 50000);
    nm_output_free(out);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(count_messages(fd), 50000);
    close(fd);
}

/* A run ends before a message that has no text, and may go on behind it. */
static void
a_run_goes_up_to_what_has_no_text(void)
{
    enum { COUNT = 5, BAD = 2, LOGLINE = 6, NOTHING = 999 };
    int fd = temporary_file();
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    nm_payload payloads[COUNT];
    size_t accepted = 0;
    nm_error err;
    char text[4096];
    for (uint32_t i = 0; i < COUNT; i++) {
        payloads[i] = fixture_payload(i + 1, nm_span_of("\x0a\1c", 3));
        payloads[i].type = i == BAD ? NOTHING : LOGLINE;
    }
    options.format = NM_FORMAT_JSON;
    CHECK_EQ(nm_output_open_fd(fd, &options, &out, NULL), NM_OK);
    CHECK_EQ(nm_output_write_run(out, payloads, COUNT, /* wait= */ NULL, &accepted, &err),
             NM_E_TYPE);
    CHECK_EQ(accepted, BAD);
    CHECK_EQ(nm_output_write_run(out, payloads + BAD + 1, COUNT - BAD - 1, /* wait= */ NULL,
                                 &accepted, &err),
             NM_OK);
    CHECK_EQ(accepted, COUNT - BAD - 1);
    CHECK_EQ(nm_output_stats_get(out).messages, COUNT - 1);
    CHECK_EQ(fixture_close(out), NM_OK);
    nm_output_free(out);
    ssize_t len = pread(fd, text, sizeof text, 0);
    unsigned lines = 0;
    for (ssize_t i = 0; i < len; i++) {
        lines += text[i] == '\n';
    }
    CHECK_EQ(lines, COUNT - 1);
    close(fd);
}

static void
a_late_message_is_flushed(void)
{
    int fd = temporary_file();
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.flush_interval_ns = 20000000;
    CHECK_EQ(nm_output_open_fd(fd, &options, &out, NULL), NM_OK);
    int64_t start = nm_clock_monotonic_ns();
    off_t len = 0;
    for (uint32_t round = 1; round <= 3; round++) { /* The thread sleeps and wakes up again. */
        CHECK_EQ(fixture_write(out, round, nm_span_of("x", 1)), NM_OK);
        while (lseek(fd, 0, SEEK_END) == len && nm_clock_monotonic_ns() - start < 10000000000) {
            (void)poll(NULL, 0, 1);
        }
        CHECK(lseek(fd, 0, SEEK_END) > len);
        len = lseek(fd, 0, SEEK_END);
    }
    CHECK(nm_clock_monotonic_ns() - start >= options.flush_interval_ns);
    CHECK_EQ(fixture_close(out), NM_OK);
    nm_output_free(out);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(count_messages(fd), 3);
    close(fd);
}

static void *
read_slowly(void *context)
{
    uint32_t *out_count = context;
    int fd = (int)*out_count;
    *out_count = count_messages(fd);
    return NULL;
}

static void
a_stopped_write_is_continued(void)
{
    enum { LEN = 300000 };
    int ends[2];
    uint8_t *octets = calloc(1, LEN);
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.is_buffered = false;
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_output_open_fd(ends[1], &options, &out, NULL), NM_OK);

    bool is_accepted = false;
    nm_payload payload = fixture_payload(1, nm_span_of(octets, LEN));
    CHECK_EQ(nm_output_write(out, &payload, NULL, &is_accepted, NULL), NM_AGAIN); /* Pipe full. */
    CHECK(is_accepted);
    payload.source = 2;
    CHECK_EQ(nm_output_write(out, &payload, NULL, &is_accepted, NULL), NM_AGAIN);
    CHECK(!is_accepted);

    pthread_t reader;
    uint32_t count = (uint32_t)ends[0];
    CHECK_EQ(pthread_create(&reader, NULL, read_slowly, &count), 0);
    CHECK_EQ(fixture_write(out, 2, nm_span_of(octets, LEN)), NM_OK);
    CHECK_EQ(fixture_close(out), NM_OK);
    close(ends[1]);
    pthread_join(reader, NULL);
    CHECK_EQ(count, 2);
    nm_output_free(out);
    close(ends[0]);
    free(octets);
}

static void
the_flusher_never_holds_up_a_writer_or_the_end(void)
{
    int ends[2];
    static uint8_t octets[200000];
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.flush_interval_ns = 1000000;
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_output_open_fd(ends[1], &options, &out, NULL), NM_OK);
    nm_payload payload = fixture_payload(1, nm_span_of(octets, sizeof octets));
    CHECK_EQ(nm_output_try_write(out, &payload, NULL), NM_OK);
    struct pollfd pfd = {.fd = ends[0], .events = POLLIN};
    CHECK_EQ(poll(&pfd, 1, 10000), 1); /* The flusher has filled the pipe and stands there. */
    CHECK_EQ(nm_output_flush(out, NULL, NULL), NM_AGAIN);
    CHECK_EQ(nm_output_stats_get(out).containers, 0);
    nm_output_free(out); /* Gives up what nobody reads. */
    close(ends[0]);
    close(ends[1]);
}

static void
a_full_disk_is_an_error_and_not_the_end(void)
{
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    nm_error err = {.code = NM_OK};
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0) {
        return;
    }
    CHECK_EQ(nm_output_open_fd(fd, &options, &out, NULL), NM_OK);
    CHECK_EQ(fixture_write(out, 1, nm_span_of("x", 1)), NM_OK);
    CHECK_EQ(nm_output_flush(out, NULL, &err), NM_E_SYSTEM);
    CHECK_EQ(err.sys_errno, ENOSPC);
    CHECK_EQ(nm_output_close(out, NULL, &err), NM_E_SYSTEM);
    nm_output_free(out);
    close(fd);
}

enum { WRITERS = 3, EACH = 5000 };

static void *
write_many(void *context)
{
    nm_output *out = context;
    for (uint32_t i = 0; i < EACH; i++) {
        if (fixture_write(out, 1, nm_span_of("some octets", 11)) != NM_OK) {
            return context;
        }
    }
    return NULL;
}

static void
several_threads_may_write(void)
{
    int fd = temporary_file();
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.container_len = 2000;
    options.flush_interval_ns = 1000000;
    CHECK_EQ(nm_output_open_fd(fd, &options, &out, NULL), NM_OK);
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        CHECK_EQ(pthread_create(&threads[i], NULL, write_many, out), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        void *failure = NULL;
        pthread_join(threads[i], &failure);
        CHECK(failure == NULL);
    }
    CHECK_EQ(fixture_close(out), NM_OK);
    CHECK_EQ(nm_output_stats_get(out).messages, WRITERS * EACH);
    nm_output_free(out);

    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    nm_input *in = NULL;
    nm_input_options in_options = nm_input_options_default();
    const nm_message *message = NULL;
    CHECK_EQ(nm_input_open_fd(fd, &in_options, &in, NULL), NM_OK);
    while (fixture_read(in, &message, NULL) == NM_OK) {
    }
    CHECK_EQ(nm_input_stats_get(in).messages, WRITERS * EACH);
    CHECK_EQ(nm_input_stats_get(in).bad_containers, 0);
    nm_input_free(in);
    close(fd);
}

static void
text_that_nobody_takes_is_kept(void)
{
    enum { LEN = 300000, LINES = 3 };
    int ends[2];
    char *line = malloc(LEN);
    char *got = malloc(LINES * LEN);
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.format = NM_FORMAT_JSON;
    options.flush_interval_ns = 0;
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_output_open_fd(ends[1], &options, &out, NULL), NM_OK);
    for (int i = 0; i < LINES; i++) {
        memset(line, 'a' + i, LEN);
        CHECK_EQ(nm_output_write_texts(out, nm_span_of(line, LEN), 1, NULL, NULL), NM_AGAIN);
    }
    memset(line, 'x', LEN); /* It was copied. */
    size_t len = 0;
    nm_status status = NM_AGAIN;
    CHECK_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    while (status == NM_AGAIN) {
        status = nm_output_close(out, NULL, NULL);
        ssize_t part;
        while ((part = read(ends[0], got + len, LINES * LEN - len)) > 0) {
            len += (size_t)part;
        }
    }
    CHECK_EQ(status, NM_OK);
    CHECK_EQ(len, LINES * LEN);
    for (size_t i = 0; i < len; i++) {
        if (got[i] != (char)('a' + i / LEN)) {
            CHECK_EQ(i, SIZE_MAX); /* Tells where. */
            break;
        }
    }
    nm_output_free(out);
    close(ends[0]);
    close(ends[1]);
    free(line);
    free(got);
}

/* The octets of a file, compared with those of another. */
static bool
are_equal_files(int a, int b)
{
    static uint8_t left[65536];
    static uint8_t right[65536];
    off_t offset = 0;
    for (;;) {
        ssize_t len = pread(a, left, sizeof left, offset);
        if (len < 0 || len != pread(b, right, sizeof right, offset) ||
            memcmp(left, right, (size_t)len) != 0) {
            return false;
        }
        if (len == 0) {
            return true;
        }
        offset += len;
    }
}

static int
write_compressed(nm_worker_pool *pool)
{
    int fd = temporary_file();
    uint8_t octets[100] = {0};
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.is_compressed = true;
    options.container_len = 20000;
    options.pool = pool;
    CHECK_EQ(nm_output_open_fd(fd, &options, &out, NULL), NM_OK);
    for (uint32_t i = 1; i <= 20000; i++) {
        memcpy(octets + i % 90, &i, sizeof i);
        CHECK_EQ(fixture_write(out, i, nm_span_of(octets, i % sizeof octets)), NM_OK);
        if (i % 5000 == 0) {
            CHECK_EQ(fixture_flush(out), NM_OK);
            nm_output_stats stats = nm_output_stats_get(out);
            CHECK_EQ(stats.containers, stats.frames);
            CHECK_EQ(stats.octets, lseek(fd, 0, SEEK_END));
        }
    }
    CHECK_EQ(fixture_close(out), NM_OK);
    nm_output_free(out);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(count_messages(fd), 20000);
    return fd;
}

static void
workers_make_the_same_file(void)
{
    nm_worker_pool *pool = NULL;
    CHECK_EQ(nm_worker_pool_new(3, &pool, NULL), NM_OK);
    int alone = write_compressed(NULL);
    int with_workers = write_compressed(pool);
    CHECK(are_equal_files(alone, with_workers));
    close(alone);
    close(with_workers);
    nm_worker_pool_free(pool);
}

static void
what_workers_have_done_does_not_wait_for_the_next_message(void)
{
    int fd = temporary_file();
    static uint8_t octets[30000];
    nm_worker_pool *pool = NULL;
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.is_compressed = true;
    options.container_len = 10000;
    options.flush_interval_ns = 50000000;
    CHECK_EQ(nm_worker_pool_new(2, &pool, NULL), NM_OK);
    options.pool = pool;
    CHECK_EQ(nm_output_open_fd(fd, &options, &out, NULL), NM_OK);
    CHECK_EQ(fixture_write(out, 1, nm_span_of(octets, 9000)), NM_OK);
    CHECK_EQ(fixture_write(out, 2, nm_span_of(octets, 9000)), NM_OK); /* Closes the first. */
    int64_t start = nm_clock_monotonic_ns();
    while (nm_output_stats_get(out).containers < 2 &&
           nm_clock_monotonic_ns() - start < 10000000000) {
        (void)poll(NULL, 0, 1);
    }
    CHECK_EQ(nm_output_stats_get(out).containers, 2);
    CHECK_EQ(fixture_write(out, 3, nm_span_of(octets, sizeof octets)), NM_OK);
    nm_output_free(out); /* What is being worked on is given up. */
    nm_worker_pool_free(pool);
    close(fd);
}

CHECK_MAIN(CHECK_TEST(what_was_written_is_read_back), CHECK_TEST(a_run_goes_up_to_what_has_no_text),
           CHECK_TEST(a_late_message_is_flushed), CHECK_TEST(a_stopped_write_is_continued),
           CHECK_TEST(the_flusher_never_holds_up_a_writer_or_the_end),
           CHECK_TEST(a_full_disk_is_an_error_and_not_the_end),
           CHECK_TEST(several_threads_may_write), CHECK_TEST(text_that_nobody_takes_is_kept),
           CHECK_TEST(workers_make_the_same_file),
           CHECK_TEST(what_workers_have_done_does_not_wait_for_the_next_message))
