/* SPDX-License-Identifier: Apache-2.0 */
/* Lines from streams: where one ends and the next begins, however the octets come. */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "io/source.h"

enum { LINE_MAX_LEN = 20 };

/* A pipe that gives `text` to a source of lines. */
typedef struct feeder {
    nm_source *source;
    int write_end;
} feeder;

static feeder
feeder_new(void)
{
    int ends[2];
    feeder f = {.source = NULL};
    CHECK_OR_EXIT(pipe(ends) == 0);
    CHECK_OR_EXIT(nm_line_source_open(ends[0], /* owns_fd= */ true, LINE_MAX_LEN,
                                      /* is_dense= */ true, &f.source, NULL) == NM_OK);
    f.write_end = ends[1];
    return f;
}

static void
put(feeder *f, const char *text)
{
    CHECK_EQ(write(f->write_end, text, strlen(text)), (ssize_t)strlen(text));
}

/* The next line, other outcomes as their status. Empty frames mean "call again". */
static nm_status
next(feeder *f, nm_frame *out, nm_error *err)
{
    for (;;) {
        nm_status status = f->source->ops->next(f->source, /* wait= */ NULL, out, err);
        if (status != NM_OK || out->octets.len > 0) {
            return status;
        }
    }
}

#define CHECK_LINE(f, text, number, at)                                                            \
    do {                                                                                           \
        nm_frame line;                                                                             \
        CHECK_EQ(next((f), &line, NULL), NM_OK);                                                   \
        CHECK_TEXT(line.octets.data, line.octets.len, text);                                       \
        CHECK_EQ(line.line, (number));                                                             \
        CHECK_EQ(line.offset, (at));                                                               \
    } while (0)

#define CHECK_STATUS(f, expected)                                                                  \
    do {                                                                                           \
        nm_frame none;                                                                             \
        CHECK_EQ(next((f), &none, NULL), (expected));                                              \
    } while (0)

static void
finish(feeder *f)
{
    close(f->write_end);
    CHECK_STATUS(f, NM_END);
    CHECK_STATUS(f, NM_END);
    CHECK(f->source->has_ended);
    f->source->ops->free(f->source);
}

static void
lines_have_number_and_place(void)
{
    feeder f = feeder_new();
    put(&f, "one\ntwo\r\n\n  \t\nfive\n");
    CHECK_LINE(&f, "one", 1, 0);
    CHECK_LINE(&f, "two\r", 2, 4);
    CHECK_LINE(&f, "five", 5, 14);
    CHECK_STATUS(&f, NM_AGAIN);
    finish(&f);
}

static void
the_last_line_needs_no_end(void)
{
    feeder f = feeder_new();
    put(&f, "one\ntwo");
    CHECK_LINE(&f, "one", 1, 0);
    CHECK_STATUS(&f, NM_AGAIN);
    close(f.write_end);
    CHECK_LINE(&f, "two", 2, 4);
    CHECK(f.source->has_ended);
    CHECK_STATUS(&f, NM_END);
    f.source->ops->free(f.source);
}

static void
lines_may_come_in_pieces(void)
{
    feeder f = feeder_new();
    static const char text[] = "a\nbcd\nefghi\n";
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        char piece[2] = {text[i], '\0'};
        put(&f, piece);
        if (text[i] != '\n') {
            CHECK_STATUS(&f, NM_AGAIN);
        } else if (i == 1) {
            CHECK_LINE(&f, "a", 1, 0);
        } else if (i == 5) {
            CHECK_LINE(&f, "bcd", 2, 2);
        } else {
            CHECK_LINE(&f, "efghi", 3, 6);
        }
    }
    finish(&f);
}

static void
a_line_that_is_too_long_costs_no_other(void)
{
    feeder f = feeder_new();
    nm_frame frame;
    nm_error err;
    put(&f, "one\n0123456789abcdef");
    CHECK_LINE(&f, "one", 1, 0);
    CHECK_STATUS(&f, NM_AGAIN);
    put(&f, "0123456789");
    CHECK_EQ(next(&f, &frame, &err), NM_E_LIMIT);
    CHECK_EQ(err.offset, 4);
    CHECK(strstr(err.message, "line 2") != NULL);
    CHECK(!f.source->has_ended);
    put(&f, "and still more of it");
    CHECK_STATUS(&f, NM_AGAIN);
    put(&f, " here\nthree\nwhole, and yet too long\nfive\n");
    CHECK_LINE(&f, "three", 3, 56);
    CHECK_STATUS(&f, NM_E_LIMIT);
    CHECK_LINE(&f, "five", 5, 86);
    finish(&f);
}

static void
a_line_that_is_too_long_may_be_the_last(void)
{
    feeder f = feeder_new();
    put(&f, "0123456789abcdefghijk");
    CHECK_STATUS(&f, NM_E_LIMIT);
    put(&f, "rest");
    finish(&f);
}

static void
nothing_has_no_lines(void)
{
    feeder f = feeder_new();
    finish(&f);
    f = feeder_new();
    put(&f, "\n\n \n");
    finish(&f);
}

static void
files_and_their_octets_are_counted(void)
{
    char path[] = "/tmp/nmsg-lines-XXXXXX";
    int fd = mkstemp(path);
    CHECK_OR_EXIT(fd >= 0);
    CHECK_EQ(write(fd, "a\nb", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    nm_source *source = NULL;
    CHECK_EQ(nm_line_source_open(fd, /* owns_fd= */ true, LINE_MAX_LEN, /* is_dense= */ true,
                                 &source, NULL),
             NM_OK);
    feeder f = {.source = source};
    CHECK_LINE(&f, "a", 1, 0);
    CHECK_LINE(&f, "b", 2, 2);
    CHECK_STATUS(&f, NM_END);
    CHECK_EQ(source->ops->counts(source).octets, 3);
    source->ops->free(source);
    unlink(path);
}

CHECK_MAIN(CHECK_TEST(lines_have_number_and_place), CHECK_TEST(the_last_line_needs_no_end),
           CHECK_TEST(lines_may_come_in_pieces), CHECK_TEST(a_line_that_is_too_long_costs_no_other),
           CHECK_TEST(a_line_that_is_too_long_may_be_the_last), CHECK_TEST(nothing_has_no_lines),
           CHECK_TEST(files_and_their_octets_are_counted))
