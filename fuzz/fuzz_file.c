/* SPDX-License-Identifier: Apache-2.0 */
/* The input is read as a file. Whatever it holds, reading ends; what a clean file holds comes out
 * again when it is written anew and read once more. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "io/input.h"
#include "io/output.h"

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

/* Read all messages, handing each to `out` where there is one. @return their number. */
static uint64_t
read_all(int fd, size_t size, nm_output *out)
{
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    FUZZ_REQUIRE(nm_input_open_fd(fd, &options, &in, NULL) == NM_OK);
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

    uint64_t count = read_all(fd, size, out);
    FUZZ_REQUIRE(nm_output_close(out, NULL, NULL) == NM_OK);
    nm_output_free(out);
    off_t copy_len = lseek(copy, 0, SEEK_END);
    FUZZ_REQUIRE(copy_len >= 0 && lseek(copy, 0, SEEK_SET) == 0);
    FUZZ_REQUIRE(read_all(copy, (size_t)copy_len, NULL) == count);
    close(fd);
    close(copy);
    return 0;
}
