/* SPDX-License-Identifier: Apache-2.0 */
/* Walking over the headers of a file, and deciding where it is cut.
 *
 * Bodies are not read, but for those of fragments. These are put together as a reader would do it,
 * since only then is known which cuts were in the middle of something; such cuts are taken back. */
#include "io/partition.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "wire/fragment.h"
#include "wire/header.h"

enum {
    WINDOW_LEN = 4096, /* Read at a time: neighbouring small containers cost one call together. */
    ASK_EVERY = 1024,  /* Containers. */
};

/* Where a set of fragments began. */
typedef struct open_set {
    uint32_t id;
    uint32_t crc;
    uint64_t offset;
} open_set;

typedef struct walk {
    int fd;
    uint64_t file_len;
    const nm_limits *limits;
    uint8_t window[WINDOW_LEN];
    uint64_t window_offset;
    size_t window_len;
    nm_buffer starts; /* Of parts: uint64_t, in order, the first of which is 0. */
    nm_buffer sets;   /* open_set, by age. */
    nm_buffer body;
    nm_buffer joined;
    nm_reassembler *reassembler; /* NULL until there is a fragment. */
} walk;

/* -- reading -- */

/* Read up to `len` octets at an offset; fewer at the end of the file. */
static nm_status
read_at(const walk *w, uint64_t offset, uint8_t *out, size_t len, size_t *out_len, nm_error *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = pread(w->fd, out + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno != EINTR) {
            return nm_error_set_system(err, errno, "pread() failed at offset %llu",
                                       (unsigned long long)(offset + done));
        }
        if (got == 0) {
            break;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    *out_len = done;
    return NM_OK;
}

/* The octets at an offset that a header may have. */
static nm_status
look_at(walk *w, uint64_t offset, nm_span *out, nm_error *err)
{
    bool is_inside =
        offset >= w->window_offset && offset - w->window_offset + NM_HEADER_LEN <= w->window_len;
    if (!is_inside) {
        nm_status status = read_at(w, offset, w->window, sizeof w->window, &w->window_len, err);
        w->window_offset = offset;
        if (status != NM_OK) {
            w->window_len = 0;
            return status;
        }
    }
    size_t start = (size_t)(offset - w->window_offset);
    *out = nm_span_of(w->window + start, w->window_len - start);
    return NM_OK;
}

/* -- fragments -- */

static size_t
count_of(const nm_buffer *items, size_t size)
{
    return items->len / size;
}

static void
remove_set(walk *w, size_t i)
{
    open_set *sets = (open_set *)(void *)w->sets.data;
    size_t count = count_of(&w->sets, sizeof *sets);
    memmove(&sets[i], &sets[i + 1], (count - i - 1) * sizeof *sets);
    w->sets.len -= sizeof *sets;
}

/* Which set it is, as it stands in w->sets; it is added if it is new. */
static nm_status
find_set(walk *w, const nm_fragment *fragment, uint64_t offset, size_t *out)
{
    open_set *sets = (open_set *)(void *)w->sets.data;
    size_t count = count_of(&w->sets, sizeof *sets);
    for (size_t i = 0; i < count; i++) {
        if (sets[i].id == fragment->id && sets[i].crc == fragment->crc) {
            *out = i;
            return NM_OK;
        }
    }
    if (count > 0 && count >= w->limits->fragment_sets) {
        remove_set(w, 0); /* As a reader gives it up. */
        count--;
    }
    open_set set = {.id = fragment->id, .crc = fragment->crc, .offset = offset};
    *out = count;
    return nm_buffer_append(&w->sets, nm_span_of(&set, sizeof set));
}

/* A set that began at `first` is complete: what was cut behind its first piece is whole again. */
static void
take_back_cuts(walk *w, uint64_t first)
{
    const uint64_t *starts = (const uint64_t *)(const void *)w->starts.data;
    while (starts[count_of(&w->starts, sizeof *starts) - 1] > first) {
        w->starts.len -= sizeof *starts;
    }
}

/* Take notice of the fragment in w->body, of a container at `offset`. */
static nm_status
note_fragment(walk *w, uint64_t offset, nm_error *err)
{
    static const nm_sender nobody; /* Files have one sender. */
    nm_fragment fragment;
    size_t i = 0;
    if (nm_fragment_decode(nm_buffer_span(&w->body), &fragment, /* err= */ NULL) != NM_OK) {
        return NM_OK; /* Whoever reads it will tell. */
    }
    nm_status status = find_set(w, &fragment, offset, &i);
    if (status == NM_OK) {
        status = nm_reassembler_add(w->reassembler, &fragment, &nobody, /* now_sec= */ 0,
                                    &w->joined, /* err= */ NULL);
    }
    if (status == NM_OK) {
        take_back_cuts(w, ((const open_set *)(const void *)w->sets.data)[i].offset);
        remove_set(w, i);
    }
    return status == NM_E_NOMEM ? nm_error_set(err, status, offset, "no memory for fragments")
                                : NM_OK;
}

static nm_status
read_fragment(walk *w, uint64_t offset, const nm_header *header, nm_error *err)
{
    size_t len = 0;
    if (w->reassembler == NULL) {
        w->reassembler = nm_reassembler_new(w->limits, /* seed= */ 0, &nm_allocator_heap);
    }
    w->body.len = 0;
    if (w->reassembler == NULL || nm_buffer_reserve(&w->body, header->body_len) != NM_OK) {
        return nm_error_set(err, NM_E_NOMEM, offset, "no memory for fragments");
    }
    nm_status status =
        read_at(w, offset + header->header_len, w->body.data, header->body_len, &len, err);
    w->body.len = len;
    return status == NM_OK ? note_fragment(w, offset, err) : status;
}

/* -- walking -- */

/* The length of the container at `offset`; 0: there is none, or it is not whole. */
static nm_status
container_at(walk *w, uint64_t offset, nm_header *header, uint64_t *out_len, nm_error *err)
{
    nm_span octets;
    *out_len = 0;
    nm_status status = look_at(w, offset, &octets, err);
    if (status != NM_OK) {
        return status;
    }
    nm_status decoded = nm_header_decode(octets, header, err);
    if (decoded == NM_OK && header->body_len > w->limits->container_len) {
        decoded = nm_error_set(err, NM_E_LIMIT, offset,
                               "container of %u octets announced, the limit is %zu",
                               header->body_len, w->limits->container_len);
    }
    if (decoded != NM_OK) {
        return offset == 0 ? decoded : NM_OK;
    }
    uint64_t len = header->header_len + header->body_len;
    *out_len = len <= w->file_len - offset ? len : 0;
    return NM_OK;
}

/* The container at `offset` begins a part if it does not fit into the one before. */
static nm_status
cut_before(walk *w, uint64_t offset, uint64_t len, uint64_t target_len, nm_error *err)
{
    const uint64_t *starts = (const uint64_t *)(const void *)w->starts.data;
    size_t count = count_of(&w->starts, sizeof *starts);
    if (count > 0 && offset + len - starts[count - 1] <= target_len) {
        return NM_OK;
    }
    return nm_buffer_append(&w->starts, nm_span_of(&offset, sizeof offset)) == NM_OK
               ? NM_OK
               : nm_error_set(err, NM_E_NOMEM, offset, "no memory for the parts of a file");
}

static nm_status
walk_over(walk *w, uint64_t target_len, const nm_wait *wait, nm_error *err)
{
    nm_status status = NM_OK;
    uint64_t offset = 0;
    for (uint64_t n = 1; status == NM_OK && offset < w->file_len; n++) {
        nm_header header;
        uint64_t len = 0;
        status = container_at(w, offset, &header, &len, err);
        if (status != NM_OK) {
            break;
        }
        bool is_over = len == 0;
        len = is_over ? w->file_len - offset : len;
        status = cut_before(w, offset, len, target_len, err);
        if (status == NM_OK && !is_over && (header.flags & NM_FLAG_FRAGMENT) != 0) {
            status = read_fragment(w, offset, &header, err);
        }
        if (n % ASK_EVERY == 0 && wait != NULL && wait->may_go_on != NULL &&
            !wait->may_go_on(wait->context)) {
            status = NM_STOPPED;
        }
        offset += len;
    }
    return status;
}

static nm_status
collect(const walk *w, nm_partition **out, size_t *out_count, nm_error *err)
{
    const uint64_t *starts = (const uint64_t *)(const void *)w->starts.data;
    size_t count = count_of(&w->starts, sizeof *starts);
    nm_partition *parts = calloc(count > 0 ? count : 1, sizeof *parts);
    if (parts == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for %zu parts of a file", count);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t end = i + 1 < count ? starts[i + 1] : w->file_len;
        parts[i] = (nm_partition){.offset = starts[i], .len = end - starts[i]};
    }
    *out = parts;
    *out_count = count;
    return NM_OK;
}

nm_status
nm_partitions_find(int fd, uint64_t target_len, const nm_limits *limits, const nm_wait *wait,
                   nm_partition **out, size_t *out_count, nm_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return nm_error_set_system(err, errno, "fstat() failed");
    }
    if (!S_ISREG(info.st_mode)) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "only regular files can be divided");
    }
    walk *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory to divide a file");
    }
    w->fd = fd;
    w->file_len = (uint64_t)info.st_size;
    w->limits = limits;
    nm_buffer_init(&w->starts, SIZE_MAX / 2, &nm_allocator_heap);
    nm_buffer_init(&w->sets, SIZE_MAX / 2, &nm_allocator_heap);
    nm_buffer_init(&w->body, limits->container_len, &nm_allocator_heap);
    nm_buffer_init(&w->joined, limits->container_len, &nm_allocator_heap);
    nm_status status = walk_over(w, target_len, wait, err);
    if (status == NM_OK) {
        status = collect(w, out, out_count, err);
    }
    nm_reassembler_free(w->reassembler);
    nm_buffer_clear(&w->starts);
    nm_buffer_clear(&w->sets);
    nm_buffer_clear(&w->body);
    nm_buffer_clear(&w->joined);
    free(w);
    return status;
}
