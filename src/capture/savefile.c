/* SPDX-License-Identifier: Apache-2.0 */
/* pcap files, and what both formats have in common. The blocks of pcapng are in savefile_ng.c. */
#include "capture/savefile.h"

#include "base/cursor.h"
#include "base/writer.h"
#include "capture/savefile_ng.h"

enum {
    MAGIC_LEN = 4,
    MAJOR = 2, /* The only version that files of the last decades have. */
    MINOR = 4,
    LINK_TYPE_MASK = 0x03ffffff, /* Above it: the length of frame check sequences. */
    PATCH_LEN = 8,               /* Of a format that some Linux distributions once had. */
};

static const uint32_t MAGIC_USEC = 0xa1b2c3d4;
static const uint32_t MAGIC_NSEC = 0xa1b23c4d;
static const uint32_t MAGIC_PATCHED = 0xa1b2cd34;

void
nm_savefile_init(nm_savefile *s, const nm_allocator *allocator)
{
    *s = (nm_savefile){.kind = NM_SAVEFILE_UNKNOWN};
    nm_buffer_init(&s->interfaces, NM_SAVEFILE_INTERFACES_LEN, allocator);
}

void
nm_savefile_clear(nm_savefile *s)
{
    nm_buffer_clear(&s->interfaces);
}

static uint32_t
get_u32(nm_cursor *c, bool is_big_endian)
{
    return is_big_endian ? nm_cursor_be32(c) : nm_cursor_le32(c);
}

/* -- the header -- */

static bool
is_pcap_magic(uint32_t magic)
{
    return magic == MAGIC_USEC || magic == MAGIC_NSEC || magic == MAGIC_PATCHED;
}

/* What the first octets say. @return NM_OK, NM_E_PARSE. */
static nm_status
look_at_magic(nm_savefile *s, nm_span octets, nm_error *err)
{
    nm_cursor big = nm_cursor_init(octets);
    nm_cursor little = big;
    uint32_t magic = nm_cursor_be32(&big);
    s->is_big_endian = is_pcap_magic(magic);
    if (magic == NM_SAVEFILE_NG_SECTION) {
        s->kind = NM_SAVEFILE_PCAPNG;
        return NM_OK;
    }
    if (!s->is_big_endian) {
        magic = nm_cursor_le32(&little);
    }
    if (!is_pcap_magic(magic)) {
        return nm_error_set(err, NM_E_PARSE, 0, "unknown file format");
    }
    s->kind = NM_SAVEFILE_PCAP;
    s->nsec_factor = magic == MAGIC_NSEC ? 1 : 1000;
    s->patch_len = magic == MAGIC_PATCHED ? PATCH_LEN : 0;
    return NM_OK;
}

static nm_status
read_header(nm_savefile *s, nm_span octets, nm_error *err)
{
    enum { UNUSED_LEN = 8 /* Time zone and accuracy, which nobody fills in. */ };
    nm_cursor c = nm_cursor_init(nm_span_of(octets.data + MAGIC_LEN, octets.len - MAGIC_LEN));
    uint32_t versions = get_u32(&c, s->is_big_endian);
    uint32_t major = s->is_big_endian ? versions >> 16 : versions & 0xffff;
    uint32_t minor = s->is_big_endian ? versions & 0xffff : versions >> 16;
    (void)nm_cursor_take(&c, UNUSED_LEN);
    s->snap_len = get_u32(&c, s->is_big_endian);
    s->link_type = get_u32(&c, s->is_big_endian) & LINK_TYPE_MASK;
    if (major != MAJOR) {
        return nm_error_set(err, NM_E_PARSE, MAGIC_LEN, "unsupported pcap savefile version %u.%u",
                            major, minor);
    }
    if (s->snap_len == 0 || s->snap_len > NM_SAVEFILE_PACKET_MAX) {
        s->snap_len = NM_SAVEFILE_PACKET_MAX;
    }
    s->is_old = minor < 3;
    s->has_link_type = true;
    return NM_OK;
}

/* -- packets -- */

/* Four octets that are known to be there. */
static inline uint32_t
word_at(const uint8_t *at, bool is_big_endian)
{
    return is_big_endian
               ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
               : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* The packet whose record begins `octets`. @return NM_OK, NM_AGAIN, NM_E_LIMIT. */
static nm_status
read_packet(const nm_savefile *s, nm_span octets, size_t *out_used, nm_captured *out, nm_error *err)
{
    size_t header_len = NM_SAVEFILE_RECORD_LEN + (size_t)s->patch_len;
    if (octets.len < header_len) {
        return NM_AGAIN;
    }
    uint32_t sec = word_at(octets.data, s->is_big_endian);
    uint32_t part = word_at(octets.data + 4, s->is_big_endian);
    uint32_t captured = word_at(octets.data + 8, s->is_big_endian);
    uint32_t len = word_at(octets.data + 12, s->is_big_endian);
    if (s->is_old) {
        uint32_t other = captured;
        captured = len;
        len = other;
    }
    if (captured > NM_SAVEFILE_PACKET_MAX) {
        return nm_error_set(err, NM_E_LIMIT, 0,
                            "invalid packet capture length %u, bigger than maximum of %d", captured,
                            NM_SAVEFILE_PACKET_MAX);
    }
    if (octets.len - header_len < captured) {
        return NM_AGAIN;
    }
    uint64_t nsec = (uint64_t)part * s->nsec_factor;
    uint64_t surplus = nsec < 1000000000 ? 0 : nsec / 1000000000;
    uint32_t kept = captured < s->snap_len ? captured : s->snap_len;
    *out = (nm_captured){.octets = nm_span_of(octets.data + header_len, kept),
                         .len = len,
                         .time_sec = (int64_t)(sec + surplus),
                         .time_nsec = (uint32_t)(nsec - surplus * 1000000000)};
    *out_used = header_len + captured;
    return NM_OK;
}

nm_status
nm_savefile_next(nm_savefile *s, nm_span octets, size_t *out_used, nm_captured *out, nm_error *err)
{
    nm_status status = NM_OK;
    *out_used = 0;
    if (s->kind == NM_SAVEFILE_UNKNOWN) {
        status = octets.len < MAGIC_LEN ? NM_AGAIN : look_at_magic(s, octets, err);
    }
    if (status != NM_OK) {
        return status;
    }
    if (s->kind == NM_SAVEFILE_PCAPNG) {
        return nm_savefile_ng_next(s, octets, out_used, out, err);
    }
    if (s->has_link_type) {
        return read_packet(s, octets, out_used, out, err);
    }
    if (octets.len < NM_SAVEFILE_HEADER_LEN) {
        return NM_AGAIN;
    }
    status = read_header(s, octets, err);
    if (status != NM_OK) {
        return status;
    }
    *out_used = NM_SAVEFILE_HEADER_LEN;
    return NM_AGAIN;
}

/* -- the end -- */

#define truncated(err, format, ...)                                                                \
    nm_error_set((err), NM_E_TRUNCATED, 0, "truncated dump file; tried to read " format,           \
                 __VA_ARGS__)

nm_status
nm_savefile_end(const nm_savefile *s, nm_span left, nm_error *err)
{
    size_t header_len = NM_SAVEFILE_RECORD_LEN + (size_t)s->patch_len;
    if (s->kind == NM_SAVEFILE_UNKNOWN) {
        return truncated(err, "%d file header bytes, only got %zu", MAGIC_LEN, left.len);
    }
    if (s->kind == NM_SAVEFILE_PCAPNG) {
        return nm_savefile_ng_end(s, left, err);
    }
    if (!s->has_link_type) {
        return truncated(err, "%d file header bytes, only got %zu", NM_SAVEFILE_HEADER_LEN,
                         left.len - MAGIC_LEN);
    }
    if (left.len == 0) {
        return NM_END;
    }
    if (left.len < header_len) {
        return truncated(err, "%zu header bytes, only got %zu", header_len, left.len);
    }
    nm_cursor c = nm_cursor_init(left);
    (void)nm_cursor_take(&c, s->is_old ? 12 : 8);
    return truncated(err, "%u captured bytes, only got %zu", get_u32(&c, s->is_big_endian),
                     left.len - header_len);
}

/* -- writing -- */

static uint8_t *
put_le32(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
    to[2] = (uint8_t)(value >> 16);
    to[3] = (uint8_t)(value >> 24);
    return to + 4;
}

nm_status
nm_savefile_write_header(uint32_t link_type, nm_buffer *out)
{
    uint8_t header[NM_SAVEFILE_HEADER_LEN] = {0};
    uint8_t *to = put_le32(header, MAGIC_NSEC);
    to = put_le32(to, MAJOR | (uint32_t)MINOR << 16);
    to = put_le32(to + 8, NM_SAVEFILE_PACKET_MAX);
    (void)put_le32(to, link_type); /* Nothing follows. */
    return nm_buffer_append(out, nm_span_of(header, sizeof header));
}

nm_status
nm_savefile_write_packet(const nm_captured *packet, nm_buffer *out)
{
    if (packet->octets.len > NM_SAVEFILE_PACKET_MAX || packet->time_sec < 0 ||
        packet->time_sec > (int64_t)UINT32_MAX || packet->time_nsec > 999999999) {
        return NM_E_LIMIT;
    }
    nm_status status = nm_buffer_reserve(out, NM_SAVEFILE_RECORD_LEN + packet->octets.len);
    if (status != NM_OK) {
        return status;
    }
    uint8_t *to = put_le32(out->data + out->len, (uint32_t)packet->time_sec);
    to = put_le32(to, packet->time_nsec);
    to = put_le32(to, (uint32_t)packet->octets.len);
    to = put_le32(to, packet->len);
    to = nm_put(to, packet->octets.data, packet->octets.len);
    out->len = (size_t)(to - out->data);
    return NM_OK;
}
