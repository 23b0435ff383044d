/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks of pcapng files (draft-ietf-opsawg-pcapng). Those that hold no packets and tell
 * nothing about them are stepped over. */
#include "capture/savefile_ng.h"

#include "base/cursor.h"

enum {
    BLOCK_HEAD_LEN = 8,                      /* Type and length. */
    BLOCK_TAIL_LEN = 4,                      /* The length once more. */
    BLOCK_LEN_MAX = NM_SAVEFILE_ROOM - 4096, /* Of those that are read. */
    SECTION_HEAD_LEN = 28,
    MAJOR = 1, /* Minor versions 0 and 2 are the same thing. */
};

/* Section 4: block types. */
enum {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* Obsolete. */
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
};

/* Section 4.2: options of interfaces. */
enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

static const uint32_t BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/* What is known of an interface. */
typedef struct interface {
    int64_t offset_sec; /* Added to times. */
    uint32_t snap_len;
    bool is_binary;   /* A second has 2^exponent units of time, else 10^exponent. */
    uint8_t exponent; /* At most 63 or 19. */
} interface;

/* A block, and where in it something is read. */
typedef struct block {
    uint32_t type;
    uint32_t len; /* Of all of it. */
    nm_cursor body;
    bool is_big_endian;
} block;

static uint32_t
get_u32(nm_cursor *c, bool is_big_endian)
{
    return is_big_endian ? nm_cursor_be32(c) : nm_cursor_le32(c);
}

static uint16_t
get_u16(nm_cursor *c, bool is_big_endian)
{
    uint16_t value = nm_cursor_be16(c);
    return is_big_endian ? value : (uint16_t)(value << 8 | value >> 8);
}

static uint32_t
body_u32(block *b)
{
    return get_u32(&b->body, b->is_big_endian);
}

/* -- sections and interfaces -- */

/* The block that begins a section tells the octet order, also of its own length.
 * @return NM_OK, NM_AGAIN, NM_E_PARSE. */
static nm_status
look_at_order(nm_savefile *s, nm_span octets, nm_error *err)
{
    if (octets.len < SECTION_HEAD_LEN) {
        return NM_AGAIN;
    }
    nm_cursor c = nm_cursor_init(octets);
    (void)nm_cursor_take(&c, BLOCK_HEAD_LEN);
    nm_cursor little = c;
    s->is_big_endian = nm_cursor_be32(&c) == BYTE_ORDER_MAGIC;
    if (!s->is_big_endian && nm_cursor_le32(&little) != BYTE_ORDER_MAGIC) {
        return nm_error_set(err, NM_E_PARSE, 0, "unknown file format");
    }
    return NM_OK;
}

static nm_status
begin_section(nm_savefile *s, block *b, nm_error *err)
{
    (void)body_u32(b); /* The octet order is known. */
    uint16_t major = get_u16(&b->body, b->is_big_endian);
    uint16_t minor = get_u16(&b->body, b->is_big_endian);
    if (major != MAJOR) {
        return nm_error_set(err, NM_E_PARSE, 0, "unsupported pcapng savefile version %u.%u", major,
                            minor);
    }
    s->interfaces.len = 0;
    return NM_OK;
}

static void
read_option(const block *b, uint16_t code, nm_span value, interface *out)
{
    nm_cursor c = nm_cursor_init(value);
    if (code == OPTION_TSRESOL && value.len == 1) {
        out->is_binary = (value.data[0] & 0x80) != 0;
        out->exponent = value.data[0] & 0x7f;
    } else if (code == OPTION_TSOFFSET && value.len == 8) {
        uint32_t first = get_u32(&c, b->is_big_endian);
        uint32_t second = get_u32(&c, b->is_big_endian);
        uint64_t offset =
            b->is_big_endian ? (uint64_t)first << 32 | second : (uint64_t)second << 32 | first;
        out->offset_sec = (int64_t)offset;
    }
}

static nm_status
add_interface(nm_savefile *s, block *b, nm_error *err)
{
    interface added = {.exponent = 6};
    uint16_t link_type = get_u16(&b->body, b->is_big_endian);
    (void)get_u16(&b->body, b->is_big_endian); /* Reserved. */
    added.snap_len = body_u32(b);
    if (b->body.has_failed) {
        return nm_error_set(err, NM_E_PARSE, 0, "block of type %u in pcapng dump file is too short",
                            b->type);
    }
    for (uint16_t code = 1; code != OPTION_END && nm_cursor_left(&b->body) > 0;) {
        code = get_u16(&b->body, b->is_big_endian);
        uint16_t len = get_u16(&b->body, b->is_big_endian);
        nm_span value = nm_cursor_take(&b->body, len);
        (void)nm_cursor_take(&b->body, (4U - len % 4U) % 4U);
        read_option(b, code, value, &added);
    }
    if (added.exponent > (added.is_binary ? 63 : 19)) {
        return nm_error_set(err, NM_E_PARSE, 0, "an interface has a resolution of time of %s-%u",
                            added.is_binary ? "2^" : "10^", added.exponent);
    }
    if (added.snap_len == 0 || added.snap_len > NM_SAVEFILE_PACKET_MAX) {
        added.snap_len = NM_SAVEFILE_PACKET_MAX;
    }
    if (s->has_link_type && s->link_type != link_type) {
        return nm_error_set(err, NM_E_PARSE, 0,
                            "an interface has a type %u different from the type of the first "
                            "interface, %u",
                            link_type, s->link_type);
    }
    nm_status status = nm_buffer_append(&s->interfaces, nm_span_of(&added, sizeof added));
    if (status != NM_OK) {
        return nm_error_set(err, status, 0, "too many interfaces");
    }
    s->snap_len = !s->has_link_type || s->snap_len < added.snap_len ? added.snap_len : s->snap_len;
    s->has_link_type = true;
    s->link_type = link_type;
    return NM_OK;
}

/* @return NM_OK, NM_E_PARSE: there is none of that number. */
static nm_status
find_interface(const nm_savefile *s, uint32_t number, interface *out, nm_error *err)
{
    if (number >= s->interfaces.len / sizeof *out) {
        return nm_error_set(err, NM_E_PARSE, 0,
                            "a packet arrived on interface %u, but there's "
                            "no Interface Description Block for that interface",
                            number);
    }
    memcpy(out, s->interfaces.data + number * sizeof *out, sizeof *out);
    return NM_OK;
}

/* -- packets -- */

static void
convert_time(const interface *from, uint64_t units, nm_captured *out)
{
    uint64_t nsec = 0;
    uint64_t sec = 0;
    if (from->is_binary) {
        uint8_t surplus = from->exponent > 34 ? (uint8_t)(from->exponent - 34) : 0;
        uint64_t part = units & ((UINT64_C(1) << from->exponent) - 1);
        sec = units >> from->exponent;
        nsec = (part >> surplus) * 1000000000 >> (from->exponent - surplus);
    } else {
        uint64_t second = 1;
        for (unsigned i = 0; i < from->exponent; i++) {
            second *= 10;
        }
        sec = units / second;
        uint64_t part = units % second;
        nsec = second <= 1000000000 ? part * (1000000000 / second) : part / (second / 1000000000);
    }
    /* Added without sign, where it may overflow. */
    out->time_sec = (int64_t)(sec + (uint64_t)from->offset_sec);
    out->time_nsec = (uint32_t)nsec;
}

static nm_status
read_packet(const nm_savefile *s, block *b, nm_captured *out, nm_error *err)
{
    interface from;
    uint32_t number = 0;
    uint64_t units = 0;
    uint32_t captured = 0;
    if (b->type == BLOCK_PACKET) {
        number = get_u16(&b->body, b->is_big_endian);
        (void)get_u16(&b->body, b->is_big_endian); /* Drops. */
    } else if (b->type == BLOCK_ENHANCED_PACKET) {
        number = body_u32(b);
    }
    nm_status status = find_interface(s, number, &from, err);
    if (status != NM_OK) {
        return status;
    }
    if (b->type != BLOCK_SIMPLE_PACKET) {
        units = (uint64_t)body_u32(b) << 32;
        units |= body_u32(b);
        captured = body_u32(b);
    }
    uint32_t len = body_u32(b);
    if (b->type == BLOCK_SIMPLE_PACKET) {
        captured = len < from.snap_len ? len : from.snap_len;
        from.offset_sec = 0; /* Such a packet has no time. */
    }
    nm_span octets = nm_cursor_take(&b->body, captured);
    if (b->body.has_failed) {
        return nm_error_set(err, NM_E_PARSE, 0, "block of type %u in pcapng dump file is too short",
                            b->type);
    }
    if (captured > NM_SAVEFILE_PACKET_MAX) {
        return nm_error_set(err, NM_E_LIMIT, 0,
                            "invalid packet capture length %u, bigger than maximum of %d", captured,
                            NM_SAVEFILE_PACKET_MAX);
    }
    *out = (nm_captured){.octets = octets, .len = len};
    convert_time(&from, units, out);
    return NM_OK;
}

/* -- blocks -- */

static bool
holds_packet(uint32_t type)
{
    return type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_ENHANCED_PACKET;
}

/* Look at the head of a block.
 * @return NM_OK: all of a block that is to be read is there; NM_AGAIN, s->skipped > 0: it is to be
 *         stepped over; NM_AGAIN: it is not all there; NM_E_… */
static nm_status
open_block(nm_savefile *s, nm_span octets, block *out, nm_error *err)
{
    if (octets.len < BLOCK_HEAD_LEN) {
        return NM_AGAIN;
    }
    nm_cursor c = nm_cursor_init(octets);
    nm_cursor type = c;
    if (nm_cursor_be32(&type) == NM_SAVEFILE_NG_SECTION) {
        nm_status status = look_at_order(s, octets, err);
        if (status != NM_OK) {
            return status;
        }
    }
    *out = (block){.is_big_endian = s->is_big_endian};
    out->type = get_u32(&c, s->is_big_endian);
    out->len = get_u32(&c, s->is_big_endian);
    if (out->len < BLOCK_HEAD_LEN + BLOCK_TAIL_LEN || out->len % 4 != 0) {
        return nm_error_set(err, NM_E_PARSE, 0, "block in pcapng dump file has a length of %u",
                            out->len);
    }
    if (out->type != NM_SAVEFILE_NG_SECTION && out->type != BLOCK_INTERFACE &&
        !holds_packet(out->type)) {
        s->skipped = out->len;
        return NM_AGAIN;
    }
    if (out->len > BLOCK_LEN_MAX) {
        return nm_error_set(err, NM_E_LIMIT, 0, "pcapng block size %u > maximum %d", out->len,
                            BLOCK_LEN_MAX);
    }
    if (octets.len < out->len) {
        return NM_AGAIN;
    }
    out->body = nm_cursor_init(
        nm_span_of(octets.data + BLOCK_HEAD_LEN, out->len - BLOCK_HEAD_LEN - BLOCK_TAIL_LEN));
    nm_cursor tail =
        nm_cursor_init(nm_span_of(octets.data + out->len - BLOCK_TAIL_LEN, BLOCK_TAIL_LEN));
    if (get_u32(&tail, s->is_big_endian) != out->len) {
        return nm_error_set(err, NM_E_PARSE, 0,
                            "block total length in header and trailer don't match");
    }
    return NM_OK;
}

/* Step over what is left of blocks that nobody needs. @return Octets of it. */
static size_t
step_over(nm_savefile *s, size_t left)
{
    size_t step = s->skipped < left ? (size_t)s->skipped : left;
    s->skipped -= step;
    return step;
}

/* Read a block that is all there. */
static nm_status
use_block(nm_savefile *s, block *b, nm_captured *out, nm_error *err)
{
    if (holds_packet(b->type)) {
        return read_packet(s, b, out, err);
    }
    return b->type == BLOCK_INTERFACE ? add_interface(s, b, err) : begin_section(s, b, err);
}

nm_status
nm_savefile_ng_next(nm_savefile *s, nm_span octets, size_t *out_used, nm_captured *out,
                    nm_error *err)
{
    bool was_known = s->has_link_type;
    size_t used = 0;
    nm_status status;
    block b = {.type = 0};
    /* Whoever reads can use the link type before there is a packet. */
    do {
        used += step_over(s, octets.len - used);
        status = open_block(s, nm_span_of(octets.data + used, octets.len - used), &b, err);
        if (status == NM_OK) {
            status = use_block(s, &b, out, err);
            used += status == NM_OK ? b.len : 0;
        }
    } while ((status == NM_OK && !holds_packet(b.type) && was_known == s->has_link_type) ||
             (status == NM_AGAIN && s->skipped > 0 && used < octets.len));
    *out_used = used;
    if (status == NM_OK && !holds_packet(b.type)) {
        return NM_AGAIN;
    }
    if (status != NM_OK && status != NM_AGAIN && err != NULL) {
        err->offset += used;
    }
    return status;
}

nm_status
nm_savefile_ng_end(const nm_savefile *s, nm_span left, nm_error *err)
{
    nm_cursor c = nm_cursor_init(left);
    (void)nm_cursor_take(&c, 4); /* The type. */
    uint32_t len = get_u32(&c, s->is_big_endian);
    if (s->skipped > 0) {
        return nm_error_set(err, NM_E_TRUNCATED, 0,
                            "truncated pcapng dump file; %llu bytes of a block are missing",
                            (unsigned long long)s->skipped);
    }
    if (left.len > 0) {
        return nm_error_set(err, NM_E_TRUNCATED, 0,
                            "truncated pcapng dump file; tried to read %u bytes, only got %zu",
                            left.len < BLOCK_HEAD_LEN ? BLOCK_HEAD_LEN : len, left.len);
    }
    return NM_END;
}
