/* SPDX-License-Identifier: Apache-2.0 */
#include "io/partition.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "check.h"
#include "io_fixture.h"
#include "wire/header.h"

enum { COUNT = 400, CONTAINER_LEN = 600 };

static char path[] = "/tmp/nmsg-test-partition-XXXXXX";

/* Start with an empty file. */
static void
make_file(void)
{
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    CHECK_OR_EXIT(fd >= 0);
    (void)close(fd);
}

static void
append(const void *octets, size_t len)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    CHECK_EQ(write(fd, octets, len), len);
    (void)close(fd);
}

/* Append containers with messages from `first` on; every `large_every`-th needs several pieces. */
static void
append_messages(uint32_t first, uint32_t count, uint32_t large_every, bool is_compressed)
{
    static uint8_t octets[5000];
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.container_len = CONTAINER_LEN;
    options.is_compressed = is_compressed;
    options.file_mode = NM_FILE_APPEND;
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(i * i >> 3);
    }
    CHECK_OR_EXIT(nm_output_open_file(path, &options, &out, NULL) == NM_OK);
    for (uint32_t n = first; n < first + count; n++) {
        bool is_large = large_every > 0 && n % large_every == 0;
        CHECK_EQ(fixture_write(out, n, nm_span_of(octets, is_large ? sizeof octets : n % 90)),
                 NM_OK);
    }
    CHECK_EQ(fixture_close(out), NM_OK);
    nm_output_free(out);
}

/* Read the file or a part of it.
 * @param numbers  The numbers of its messages are appended.  @return complaints. */
static unsigned
read_numbers(const nm_partition *part, nm_buffer *numbers)
{
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    unsigned complaints = 0;
    nm_status status = NM_OK;
    if (part != NULL) {
        options.part_offset = part->offset;
        options.part_len = part->len;
    }
    CHECK_OR_EXIT(nm_input_open_file(path, &options, &in, NULL) == NM_OK);
    while (status != NM_END) {
        const nm_message *message = NULL;
        nm_error err = {.offset = UINT64_MAX};
        status = fixture_read(in, &message, &err);
        if (status == NM_OK) {
            uint32_t number = message->payload.source;
            CHECK_EQ(nm_buffer_append(numbers, nm_span_of(&number, sizeof number)), NM_OK);
        } else if (status != NM_END) {
            CHECK(status >= NM_E_MAGIC);
            CHECK(part == NULL || err.offset >= part->offset);
            complaints++;
        }
    }
    nm_input_free(in);
    return complaints;
}

/* Parts follow each other, cover the file, and together hold what it holds.
 * @return how many there are. */
static size_t
check_parts(uint64_t target_len)
{
    nm_buffer whole;
    nm_buffer parted;
    nm_partition *parts = NULL;
    size_t count = 0;
    struct stat info;
    uint64_t end = 0;
    unsigned complaints = 0;
    nm_buffer_init(&whole, SIZE_MAX / 2, &nm_allocator_heap);
    nm_buffer_init(&parted, SIZE_MAX / 2, &nm_allocator_heap);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_OR_EXIT(fd >= 0);
    CHECK_EQ(nm_partitions_find(fd, target_len, &nm_limits_default, NULL, &parts, &count, NULL),
             NM_OK);
    CHECK_EQ(fstat(fd, &info), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
    for (size_t i = 0; i < count; i++) {
        CHECK_EQ(parts[i].offset, end);
        CHECK(parts[i].len > 0);
        end += parts[i].len;
        complaints += read_numbers(&parts[i], &parted);
    }
    CHECK_EQ(end, info.st_size);
    CHECK_EQ(complaints, read_numbers(/* part= */ NULL, &whole));
    CHECK_SPAN(nm_buffer_span(&parted), nm_buffer_span(&whole));
    nm_buffer_clear(&whole);
    nm_buffer_clear(&parted);
    free(parts);
    (void)close(fd);
    return count;
}

static void
parts_together_are_the_file(void)
{
    static const struct {
        const char *name;
        uint32_t large_every;
        bool is_compressed;
    } rows[] = {
        {"plain", 0, false},          {"compressed", 0, true},
        {"with fragments", 7, false}, {"with compressed fragments", 7, true},
        {"fragments only", 1, false},
    };
    static const uint64_t targets[] = {1, CONTAINER_LEN, 5000, 20000, 1U << 30, UINT64_MAX};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        make_file();
        append_messages(1, COUNT, rows[i].large_every, rows[i].is_compressed);
        size_t before = SIZE_MAX;
        for (size_t t = 0; t < CHECK_COUNT(targets); t++) {
            size_t count = check_parts(targets[t]);
            CHECK(count > 0 && count <= before);
            CHECK(t > 0 || count > 3);
            CHECK(targets[t] < 1U << 30 || count == 1);
            before = count;
        }
        (void)unlink(path);
    }
}

static void
parts_are_no_larger_than_asked_for(void)
{
    nm_partition *parts = NULL;
    size_t count = 0;
    make_file();
    append_messages(1, COUNT, 0, false);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_EQ(nm_partitions_find(fd, 3000, &nm_limits_default, NULL, &parts, &count, NULL), NM_OK);
    CHECK(count > 3);
    for (size_t i = 0; i < count; i++) {
        CHECK(parts[i].len <= 3000);
        CHECK(parts[i].len > 3000 - CONTAINER_LEN || i + 1 == count);
    }
    free(parts);
    (void)close(fd);
    (void)unlink(path);
}

/* Damage stays in its part, and is told there as in the whole file. */
static void
damage_is_in_one_part(void)
{
    static const uint8_t bad_body[] = {'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 3, 0xff, 0xff, 0xff};
    static const uint8_t bad_fragment[] = {'N', 'M', 'S', 'G', 2, 2, 0, 0, 0, 3, 0xff, 0xff, 0xff};
    static const uint8_t bad_zlib[] = {'N', 'M', 'S', 'G', 1, 2, 0, 0, 0, 3, 1, 2, 3};
    static const struct {
        const char *name;
        nm_span octets;
    } rows[] = {
        {"a bad body", {bad_body, sizeof bad_body}},
        {"a bad fragment", {bad_fragment, sizeof bad_fragment}},
        {"a bad stream", {bad_zlib, sizeof bad_zlib}},
        {"no magic", {(const uint8_t *)"no container at all", 19}},
        {"an announced length that is too large", {(const uint8_t *)"NMSG\0\2\xff\0\0\0", 10}},
        {"the beginning of a header", {(const uint8_t *)"NMSG\0", 5}},
        {"version 1", {(const uint8_t *)"NMSG\0\1\0\0", 8}},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        for (int is_last = 0; is_last < 2; is_last++) {
            CHECK_CASE(rows[i].name);
            make_file();
            append_messages(1, COUNT / 2, 9, false);
            append(rows[i].octets.data, rows[i].octets.len);
            if (!is_last) {
                append_messages(COUNT / 2 + 1, COUNT / 2, 9, false);
            }
            (void)check_parts(1);
            (void)check_parts(4000);
            (void)unlink(path);
        }
    }
}

/* Pieces of one container with others between them, and of one that never gets complete. */
static void
sets_of_fragments_stay_together(void)
{
    uint8_t octets[65536];
    nm_partition *parts = NULL;
    size_t count = 0;
    make_file();
    append_messages(1, 1, 1, false); /* One container in many pieces. */
    int fd = open(path, O_RDWR | O_CLOEXEC);
    ssize_t len = read(fd, octets, sizeof octets);
    CHECK_OR_EXIT(len > 0 && (size_t)len < sizeof octets);
    CHECK_EQ(ftruncate(fd, 0), 0);
    size_t pieces = 0;
    size_t last = 0;
    for (size_t at = 0; at < (size_t)len; pieces++) {
        nm_header header;
        CHECK_OR_EXIT(nm_header_decode(nm_span_of(octets + at, (size_t)len - at), &header, NULL) ==
                      NM_OK);
        append(octets + at, header.header_len + header.body_len);
        append_messages((uint32_t)(100 + pieces), 1, 0, false);
        last = at;
        at += header.header_len + header.body_len;
    }
    CHECK(pieces > 3);
    append_messages(50, 5, 0, false);
    (void)check_parts(1);
    CHECK_EQ(nm_partitions_find(fd, 1, &nm_limits_default, NULL, &parts, &count, NULL), NM_OK);
    CHECK_EQ(count, 1 + 1 + 1); /* All with a piece, what came behind the last, and the others. */
    free(parts);
    /* All again, and this time the last piece is missing: what was kept together need not be. */
    append(octets, last);
    append_messages(70, 5, 0, false);
    CHECK_EQ(check_parts(1), 3 + pieces - 1 + 1);
    (void)close(fd);
    (void)unlink(path);
}

static void
a_file_that_grows_is_read_on(void)
{
    nm_partition *parts = NULL;
    size_t count = 0;
    nm_buffer numbers;
    uint8_t octets[4096];
    nm_buffer_init(&numbers, SIZE_MAX / 2, &nm_allocator_heap);
    make_file();
    append_messages(1, 5, 0, false);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    ssize_t len = read(fd, octets, sizeof octets);
    CHECK_OR_EXIT(len > 20);
    CHECK_EQ(ftruncate(fd, len - 10), 0);
    CHECK_EQ(nm_partitions_find(fd, 1U << 20, &nm_limits_default, NULL, &parts, &count, NULL),
             NM_OK);
    CHECK_EQ(count, 1);
    CHECK_EQ(read_numbers(parts, &numbers), 1); /* Ends inside a container, which is told. */
    append(octets + len - 10, 10);
    append_messages(6, 5, 0, false);
    numbers.len = 0;
    CHECK_EQ(read_numbers(parts, &numbers), 0); /* What begins in the part is read to its end. */
    CHECK_EQ(numbers.len, 5 * sizeof(uint32_t));
    free(parts);
    nm_buffer_clear(&numbers);
    (void)close(fd);
    (void)unlink(path);
}

static bool
never(void *context)
{
    (void)context;
    return false;
}

static void
what_cannot_be_divided_is_told(void)
{
    nm_partition *parts = NULL;
    size_t count = 9;
    nm_error err;
    int ends[2];
    make_file();
    int fd = open(path, O_RDWR | O_CLOEXEC);
    CHECK_EQ(nm_partitions_find(fd, 1, &nm_limits_default, NULL, &parts, &count, &err), NM_OK);
    CHECK_EQ(count, 0);
    free(parts);
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_partitions_find(ends[0], 1, &nm_limits_default, NULL, &parts, &count, &err),
             NM_E_ARGUMENT);
    CHECK(strstr(err.message, "only regular files can be divided") != NULL);
    (void)close(ends[0]);
    (void)close(ends[1]);
    CHECK_EQ(nm_partitions_find(-1, 1, &nm_limits_default, NULL, &parts, &count, &err),
             NM_E_SYSTEM);
    append("GIF89a, not a container", 23);
    CHECK_EQ(nm_partitions_find(fd, 1, &nm_limits_default, NULL, &parts, &count, &err), NM_E_MAGIC);
    CHECK_EQ(ftruncate(fd, 0), 0);
    for (int i = 0; i < 3000; i++) {
        append("NMSG\0\2\0\0\0\0", 10);
    }
    const nm_wait impatient = {.may_go_on = never};
    CHECK_EQ(nm_partitions_find(fd, 1, &nm_limits_default, &impatient, &parts, &count, &err),
             NM_STOPPED);
    (void)close(fd);
    (void)unlink(path);
}

CHECK_MAIN(CHECK_TEST(parts_together_are_the_file), CHECK_TEST(parts_are_no_larger_than_asked_for),
           CHECK_TEST(damage_is_in_one_part), CHECK_TEST(sets_of_fragments_stay_together),
           CHECK_TEST(a_file_that_grows_is_read_on), CHECK_TEST(what_cannot_be_divided_is_told))
