/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files: both formats in both octet orders, in pieces of any length, cut off and malformed;
 * and what is written, read again. */
#include "capture/savefile.h"
#include "check.h"
#include "failing_allocator.h"

/* A file being made. */
typedef struct file {
    uint8_t octets[2048];
    size_t len;
    bool is_big_endian;
} file;

static void
put(file *f, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t shift = 8 * (f->is_big_endian ? len - 1 - i : i);
        f->octets[f->len++] = (uint8_t)(value >> shift);
    }
}

static void
put_text(file *f, const char *text, size_t padding)
{
    memcpy(f->octets + f->len, text, strlen(text));
    f->len += strlen(text);
    while (f->len % padding != 0) {
        f->octets[f->len++] = 0;
    }
}

static file
pcap(bool is_big_endian, uint32_t magic, uint32_t snap_len, uint32_t link_type)
{
    file f = {.is_big_endian = is_big_endian};
    put(&f, magic, 4);
    put(&f, 2, 2);
    put(&f, 4, 2);
    put(&f, 0, 8);
    put(&f, snap_len, 4);
    put(&f, link_type, 4);
    return f;
}

static void
put_record(file *f, uint32_t sec, uint32_t part, const char *text, uint32_t len)
{
    put(f, sec, 4);
    put(f, part, 4);
    put(f, strlen(text), 4);
    put(f, len, 4);
    put_text(f, text, 1);
}

/* -- pcapng -- */

static size_t
begin_block(file *f, uint32_t type)
{
    size_t start = f->len;
    put(f, type, 4);
    put(f, 0, 4);
    return start;
}

static void
end_block(file *f, size_t start)
{
    size_t end = f->len + 4;
    f->len = start + 4;
    put(f, end - start, 4);
    f->len = end - 4;
    put(f, end - start, 4);
}

static void
put_section(file *f, bool is_big_endian)
{
    f->is_big_endian = is_big_endian;
    size_t start = begin_block(f, 0x0a0d0d0a);
    put(f, 0x1a2b3c4d, 4);
    put(f, 1, 2);
    put(f, 0, 2);
    put(f, UINT64_MAX, 8);
    end_block(f, start);
}

/* @param resolution  Of if_tsresol; 6 as by default.  @param offset  Of if_tsoffset. */
static void
put_interface(file *f, uint16_t link_type, uint32_t snap_len, uint8_t resolution, int64_t offset)
{
    size_t start = begin_block(f, 1);
    put(f, link_type, 2);
    put(f, 0, 2);
    put(f, snap_len, 4);
    put(f, 2, 2); /* if_name, of no interest. */
    put(f, 3, 2);
    put_text(f, "lo0", 4);
    put(f, 9, 2);
    put(f, 1, 2);
    put(f, resolution, 1);
    put_text(f, "", 4);
    put(f, 14, 2);
    put(f, 8, 2);
    put(f, (uint64_t)offset, 8);
    put(f, 0, 4);
    end_block(f, start);
}

static void
put_packet(file *f, uint32_t number, uint64_t time, const char *text)
{
    size_t start = begin_block(f, 6);
    put(f, number, 4);
    put(f, time >> 32, 4);
    put(f, time & UINT32_MAX, 4);
    put(f, strlen(text), 4);
    put(f, strlen(text), 4);
    put_text(f, text, 4);
    end_block(f, start);
}

static void
put_other_block(file *f, uint32_t type)
{
    size_t start = begin_block(f, type);
    put(f, 0, 8);
    put(f, 0, 8);
    end_block(f, start);
}

/* -- reading -- */

typedef struct reader {
    nm_savefile s;
    nm_span left;
    size_t piece;    /* Octets that come at a time. */
    nm_span to_come; /* Behind `left`. */
    nm_error err;
} reader;

static reader
reader_of(const file *f, size_t piece)
{
    reader r = {.piece = piece, .to_come = nm_span_of(f->octets, f->len)};
    r.left = nm_span_of(f->octets, 0);
    nm_savefile_init(&r.s, &nm_allocator_heap);
    return r;
}

static nm_status
next(reader *r, nm_captured *out)
{
    for (;;) {
        size_t used = 0;
        nm_status status = nm_savefile_next(&r->s, r->left, &used, out, &r->err);
        if (status != NM_OK && status != NM_AGAIN) {
            return status;
        }
        CHECK_OR_EXIT(used <= r->left.len);
        r->left = nm_span_of(r->left.data + used, r->left.len - used);
        if (status == NM_OK) {
            return NM_OK;
        }
        if (used == 0 && r->to_come.len == 0) {
            return nm_savefile_end(&r->s, r->left, &r->err);
        }
        if (used == 0) {
            size_t len = r->piece < r->to_come.len ? r->piece : r->to_come.len;
            r->left.len += len;
            r->to_come = nm_span_of(r->to_come.data + len, r->to_come.len - len);
        }
    }
}

#define CHECK_PACKET(r, text, sec, nsec)                                                           \
    do {                                                                                           \
        nm_captured got = {.len = 0};                                                              \
        CHECK_EQ(next((r), &got), NM_OK);                                                          \
        CHECK_TEXT(got.octets.data, got.octets.len, text);                                         \
        CHECK_EQ(got.time_sec, (sec));                                                             \
        CHECK_EQ(got.time_nsec, (nsec));                                                           \
    } while (0)

#define CHECK_STATUS(r, expected)                                                                  \
    do {                                                                                           \
        nm_captured none;                                                                          \
        CHECK_EQ(next((r), &none), (expected));                                                    \
    } while (0)

static void
finish(reader *r)
{
    CHECK_STATUS(r, NM_END);
    nm_savefile_clear(&r->s);
}

/* -- the tests -- */

static void
pcap_of_both_orders_and_resolutions(void)
{
    static const struct {
        const char *name;
        bool is_big_endian;
        uint32_t magic;
        uint32_t nsec;
    } rows[] = {
        {"little, microseconds", false, 0xa1b2c3d4, 7000},
        {"big, microseconds", true, 0xa1b2c3d4, 7000},
        {"little, nanoseconds", false, 0xa1b23c4d, 7},
        {"big, nanoseconds", true, 0xa1b23c4d, 7},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        file f = pcap(rows[i].is_big_endian, rows[i].magic, 65535, 113);
        put_record(&f, 4000000000, 7, "abc", 3);
        put_record(&f, 1, 0, "", 60);
        reader r = reader_of(&f, 1000);
        CHECK_PACKET(&r, "abc", 4000000000, rows[i].nsec);
        CHECK_PACKET(&r, "", 1, 0);
        CHECK_EQ(r.s.link_type, 113);
        CHECK_EQ(r.s.snap_len, 65535);
        finish(&r);
    }
}

static void
what_is_longer_than_the_snap_length_is_cut(void)
{
    file f = pcap(false, 0xa1b2c3d4, 2, 1);
    put_record(&f, 1, 2, "abcdef", 6);
    put_record(&f, 1, 3, "xy", 9);
    reader r = reader_of(&f, 1000);
    nm_captured packet;
    CHECK_EQ(next(&r, &packet), NM_OK);
    CHECK_TEXT(packet.octets.data, packet.octets.len, "ab");
    CHECK_EQ(packet.len, 6);
    CHECK_PACKET(&r, "xy", 1, 3000);
    finish(&r);
}

static void
other_writers_of_pcap(void)
{
    CHECK_CASE("8 octets more in each record");
    file f = pcap(false, 0xa1b2cd34, 0, 1);
    put_record(&f, 1, 2, "", 3);
    f.len -= 8;
    put(&f, 3, 4);
    put(&f, 3, 4);
    put(&f, 0, 8);
    put_text(&f, "abc", 1);
    reader r = reader_of(&f, 1000);
    CHECK_PACKET(&r, "abc", 1, 2000);
    CHECK_EQ(r.s.snap_len, NM_SAVEFILE_PACKET_MAX);
    finish(&r);
    CHECK_CASE("lengths in other order, and check sequences noted");
    f = pcap(true, 0xa1b2c3d4, 100, 0x24000001);
    f.octets[7] = 2; /* Minor version. */
    put_record(&f, 1, 2, "", 0);
    f.len -= 8;
    put(&f, 60, 4);
    put(&f, 3, 4);
    put_text(&f, "abc", 1);
    r = reader_of(&f, 1000);
    CHECK_PACKET(&r, "abc", 1, 2000);
    CHECK_EQ(r.s.link_type, 1);
    finish(&r);
}

static void
put_mixed_sections(file *f)
{
    put_section(f, false);
    put_interface(f, 1, 0, 6, 0);
    put_interface(f, 1, 96, 9, 0);
    put_other_block(f, 5);
    put_packet(f, 0, 1500000001000007, "one");
    put_packet(f, 1, 1500000001000000007, "two");
    put_section(f, true);
    put_interface(f, 1, 0, 0x80 | 20, -10);
    put_other_block(f, 0x80000bad);
    put_packet(f, 0, (UINT64_C(50) << 20) | (1 << 19), "three");
}

static void
pcapng_sections_and_interfaces(void)
{
    file f = {.len = 0};
    put_mixed_sections(&f);
    reader r = reader_of(&f, 4000);
    CHECK_PACKET(&r, "one", 1500000001, 7000);
    CHECK_PACKET(&r, "two", 1500000001, 7);
    CHECK_EQ(r.s.link_type, 1);
    CHECK_PACKET(&r, "three", 40, 500000000);
    finish(&r);
}

static void
pieces_of_any_length_give_the_same(void)
{
    file files[] = {{.len = 0}, pcap(false, 0xa1b2c3d4, 65535, 1)};
    put_mixed_sections(&files[0]);
    put_record(&files[1], 1500000001, 7, "one", 3);
    put_record(&files[1], 2, 7, "two", 3);
    put_record(&files[1], 3, 7, "three", 5);
    static const char *const texts[] = {"one", "two", "three"};
    for (size_t i = 0; i < CHECK_COUNT(files); i++) {
        for (size_t piece = 1; piece < 40; piece++) {
            reader r = reader_of(&files[i], piece);
            for (size_t n = 0; n < CHECK_COUNT(texts); n++) {
                nm_captured packet;
                CHECK_EQ(next(&r, &packet), NM_OK);
                CHECK_TEXT(packet.octets.data, packet.octets.len, texts[n]);
            }
            finish(&r);
        }
    }
}

static void
resolutions_of_time(void)
{
    static const struct {
        const char *name;
        uint8_t resolution;
        uint64_t units;
        int64_t sec;
        uint32_t nsec;
    } rows[] = {
        {"seconds", 0, 77, 77, 0},
        {"milliseconds", 3, 77001, 77, 1000000},
        {"picoseconds", 12, UINT64_C(77000001999999), 77, 1999},
        {"10^-19", 19, UINT64_C(10000000019999999999), 1, 1},
        {"2^-30", 0x80 | 30, UINT64_C(3) << 29, 1, 500000000},
        {"2^-63", 0x80 | 63, UINT64_C(3) << 62, 1, 500000000},
        {"2^-0", 0x80, 5, 5, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        file f = {.len = 0};
        put_section(&f, i % 2 == 0);
        put_interface(&f, 1, 0, rows[i].resolution, 0);
        put_packet(&f, 0, rows[i].units, "x");
        reader r = reader_of(&f, 4000);
        CHECK_PACKET(&r, "x", rows[i].sec, rows[i].nsec);
        finish(&r);
    }
}

static void
older_kinds_of_packet_blocks(void)
{
    file f = {.len = 0};
    put_section(&f, false);
    put_interface(&f, 1, 4, 6, 1000);
    size_t start = begin_block(&f, 2);
    put(&f, 0, 2);
    put(&f, 9, 2);
    put(&f, 0, 4);
    put(&f, 2000007, 4);
    put(&f, 3, 4);
    put(&f, 3, 4);
    put_text(&f, "old", 4);
    end_block(&f, start);
    start = begin_block(&f, 3);
    put(&f, 9, 4);
    put_text(&f, "simp", 4);
    end_block(&f, start);
    reader r = reader_of(&f, 4000);
    CHECK_PACKET(&r, "old", 1002, 7000);
    CHECK_PACKET(&r, "simp", 0, 0);
    finish(&r);
}

/* What is wrong with a file, and where. */
#define CHECK_BAD(f, expected, at)                                                                 \
    do {                                                                                           \
        reader bad = reader_of((f), 4000);                                                         \
        nm_captured packet;                                                                        \
        nm_status status;                                                                          \
        while ((status = next(&bad, &packet)) == NM_OK) {                                          \
        }                                                                                          \
        CHECK_EQ(status, (expected));                                                              \
        CHECK_EQ(bad.err.offset + (size_t)(bad.left.data - (f)->octets), (at));                    \
        nm_savefile_clear(&bad.s);                                                                 \
    } while (0)

static void
what_is_no_capture_file_is_refused(void)
{
    CHECK_CASE("text");
    file f = {.len = 0};
    put_text(&f, "this is no capture file at all", 1);
    CHECK_BAD(&f, NM_E_PARSE, 0);
    CHECK_CASE("version 1");
    f = pcap(false, 0xa1b2c3d4, 1, 1);
    f.octets[4] = 1;
    CHECK_BAD(&f, NM_E_PARSE, 4);
    CHECK_CASE("a packet that is too long");
    f = pcap(false, 0xa1b2c3d4, 1, 1);
    put_record(&f, 1, 1, "a", 1);
    put_record(&f, 1, 1, "a", 1);
    f.octets[24 + 17 + 10] = 4; /* 262145 octets. */
    CHECK_BAD(&f, NM_E_LIMIT, 24 + 17);
}

static void
malformed_blocks_are_refused(void)
{
    static const struct {
        const char *name;
        size_t at; /* Octet behind the section header that becomes */
        uint8_t octet;
        nm_status status;
    } rows[] = {
        {"length no multiple of 4", 4, 53, NM_E_PARSE},
        {"length below the least", 4, 8, NM_E_PARSE},
        {"length above the limit", 7, 1, NM_E_LIMIT},
        {"another length at the end", 48, 1, NM_E_PARSE},
        {"resolution nobody has", 28, 20, NM_E_PARSE},
        {"packet of no interface", 52 + 8, 1, NM_E_PARSE},
        {"packet longer than its block", 52 + 20, 5, NM_E_PARSE},
        {"section without octet order", 52 + 36 + 8, 0, NM_E_PARSE},
        {"section of another version", 52 + 36 + 12, 2, NM_E_PARSE},
        {"interface of another link type", 52 + 36 + 28 + 8, 2, NM_E_PARSE},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        file f = {.len = 0};
        put_section(&f, false);
        put_interface(&f, 1, 0, 6, 0);
        put_packet(&f, 0, 5, "abcd");
        CHECK_EQ(f.len, 28 + 52 + 36);
        put_section(&f, false);
        put_interface(&f, 1, 0, 6, 0);
        f.octets[28 + rows[i].at] = rows[i].octet;
        size_t place = rows[i].at < 52 ? 28 : rows[i].at < 52 + 36 ? 80 : 116;
        CHECK_BAD(&f, rows[i].status, rows[i].at >= 52 + 36 + 28 ? 116 + 28 : place);
    }
}

static void
a_file_that_is_cut_off_gives_what_came_before(void)
{
    file files[] = {{.len = 0}, pcap(true, 0xa1b2c3d4, 65535, 1)};
    put_mixed_sections(&files[0]);
    put_record(&files[1], 1, 7, "one", 3);
    put_record(&files[1], 2, 7, "two", 3);
    for (size_t i = 0; i < CHECK_COUNT(files); i++) {
        size_t whole = files[i].len;
        size_t clean = 0; /* Lengths at which nothing is missing. */
        for (size_t len = 0; len < whole; len++) {
            files[i].len = len;
            reader r = reader_of(&files[i], 4000);
            nm_captured packet;
            nm_status status;
            while ((status = next(&r, &packet)) == NM_OK) {
            }
            CHECK(status == NM_END || status == NM_E_TRUNCATED);
            CHECK(status == NM_END || strstr(r.err.message, "truncated") != NULL);
            clean += status == NM_END;
            nm_savefile_clear(&r.s);
        }
        CHECK_EQ(clean,
                 i == 0 ? 9 : 2); /* Behind blocks; behind the header and the first packet. */
    }
}

static void
what_is_written_is_read_again(void)
{
    static file f;
    nm_buffer out;
    nm_buffer_init(&out, sizeof f.octets, &nm_allocator_heap);
    nm_captured packet = {
        .octets = nm_span_of("abc", 3), .len = 60, .time_sec = 4000000000, .time_nsec = 999999999};
    CHECK_EQ(nm_savefile_write_header(101, &out), NM_OK);
    CHECK_EQ(nm_savefile_write_packet(&packet, &out), NM_OK);
    packet.time_sec = INT64_C(1) << 32;
    CHECK_EQ(nm_savefile_write_packet(&packet, &out), NM_E_LIMIT);
    packet.time_sec = -1;
    CHECK_EQ(nm_savefile_write_packet(&packet, &out), NM_E_LIMIT);
    packet.time_sec = 0;
    CHECK_EQ(nm_savefile_write_packet(&packet, &out), NM_OK);
    memcpy(f.octets, out.data, out.len);
    f.len = out.len;
    nm_buffer_clear(&out);
    reader r = reader_of(&f, 1000);
    CHECK_PACKET(&r, "abc", 4000000000, 999999999);
    CHECK_EQ(r.s.link_type, 101);
    nm_captured last;
    CHECK_EQ(next(&r, &last), NM_OK);
    CHECK_EQ(last.len, 60);
    finish(&r);
}

static void
lack_of_memory_is_told(void)
{
    file f = {.len = 0};
    put_mixed_sections(&f);
    failing_allocator memory;
    failing_allocator_init(&memory, 1);
    reader r = reader_of(&f, 4000);
    nm_savefile_init(&r.s, &memory.allocator);
    CHECK_STATUS(&r, NM_E_NOMEM);
    nm_savefile_clear(&r.s);
}

CHECK_MAIN(CHECK_TEST(pcap_of_both_orders_and_resolutions),
           CHECK_TEST(what_is_longer_than_the_snap_length_is_cut),
           CHECK_TEST(other_writers_of_pcap), CHECK_TEST(pcapng_sections_and_interfaces),
           CHECK_TEST(pieces_of_any_length_give_the_same), CHECK_TEST(resolutions_of_time),
           CHECK_TEST(older_kinds_of_packet_blocks), CHECK_TEST(what_is_no_capture_file_is_refused),
           CHECK_TEST(malformed_blocks_are_refused),
           CHECK_TEST(a_file_that_is_cut_off_gives_what_came_before),
           CHECK_TEST(what_is_written_is_read_again), CHECK_TEST(lack_of_memory_is_told))
