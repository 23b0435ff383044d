/* SPDX-License-Identifier: Apache-2.0 */
/* The input is read as a file. Whatever it holds, reading ends; what a clean file holds comes out
 * again when it is written anew and read once more, or read in parts. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "io/input.h"
#include "io/output.h"
#include "io/partition.h"

static int
memory_file(const void *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_REQUIRE(fd >= 0);
    for (size_t done = 0; done < size;) {
        ssize_t len = write(fd, (const uint8_t *)data + done, size - done);
        FUZZ_REQUIRE(len > 0);
        done += (size_t)len;
    }
    FUZZ_REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

/* Read all messages of the file, or of a part of it, handing each to `out` where there is one.
 * @return their number. */
static uint64_t
read_all(int fd, const nm_partition *part, size_t size, nm_output *out)
{
    char path[32];
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    if (part != NULL) {
        options.part_offset = part->offset;
        options.part_len = part->len;
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        FUZZ_REQUIRE(nm_input_open_file(path, &options, &in, NULL) == NM_OK);
    } else {
        FUZZ_REQUIRE(nm_input_open_fd(fd, &options, &in, NULL) == NM_OK);
    }
    uint64_t bad_payloads = 0;
    uint64_t bad_containers = 0;
    nm_status status = NM_OK;
    /* Every answer but a message costs a container of 8 octets at least, or is the last. */
    for (size_t rounds = 0; status != NM_END; rounds++) {
        const nm_message *message = NULL;
        nm_error err = {.code = NM_OK};
        status = nm_input_take(in, &message, &err);
        if (status == NM_OK && out != NULL) {
            bool is_accepted = false;
            const nm_wait wait = {.may_go_on = NULL};
            FUZZ_REQUIRE(nm_output_write(out, &message->payload, &wait, &is_accepted, NULL) ==
                         NM_OK);
        } else if (status == NM_AGAIN) {
            status = nm_input_fill(in, NULL, &err);
            FUZZ_REQUIRE(status != NM_AGAIN && status != NM_STOPPED);
            FUZZ_REQUIRE(err.offset <= size);
            bad_containers += status >= NM_E_MAGIC;
        } else {
            bad_payloads += status != NM_OK;
        }
        FUZZ_REQUIRE(rounds <= 3 * size + 3);
    }
    nm_input_stats stats = nm_input_stats_get(in);
    FUZZ_REQUIRE(stats.bad_containers == bad_containers && stats.bad_payloads == bad_payloads);
    FUZZ_REQUIRE(stats.octets <= size);
    nm_input_free(in);
    return stats.messages;
}

/* Divided into parts, the file holds the same messages. */
static void
require_parts(int fd, size_t size, uint64_t target_len, uint64_t messages)
{
    nm_partition *parts = NULL;
    size_t count = 0;
    uint64_t end = 0;
    nm_status status =
        nm_partitions_find(fd, target_len, &nm_limits_default, NULL, &parts, &count, NULL);
    if (status != NM_OK) {
        FUZZ_REQUIRE(status >= NM_E_MAGIC && messages == 0);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        FUZZ_REQUIRE(parts[i].offset == end && parts[i].len > 0);
        end += parts[i].len;
        uint64_t held = read_all(fd, &parts[i], size, NULL);
        FUZZ_REQUIRE(held <= messages);
        messages -= held;
    }
    FUZZ_REQUIRE(end == size && messages == 0);
    free(parts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memory_file(data, size);
    int copy = memory_file(NULL, 0);
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_file();
    options.is_compressed = size % 2 == 1;
    options.flush_interval_ns = 0;
    FUZZ_REQUIRE(nm_output_open_fd(copy, &options, &out, NULL) == NM_OK);

    uint64_t count = read_all(fd, /* part= */ NULL, size, out);
    require_parts(fd, size, 1, count);
    require_parts(fd, size, size / 3 + 1, count);
    FUZZ_REQUIRE(nm_output_close(out, NULL, NULL) == NM_OK);
    nm_output_free(out);
    off_t copy_len = lseek(copy, 0, SEEK_END);
    FUZZ_REQUIRE(copy_len >= 0 && lseek(copy, 0, SEEK_SET) == 0);
    FUZZ_REQUIRE(read_all(copy, /* part= */ NULL, (size_t)copy_len, NULL) == count);
    close(fd);
    close(copy);
    return 0;
}
