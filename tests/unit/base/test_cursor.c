/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

#include "check.h"

static const uint8_t octets[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0x99};

static nm_cursor
start(size_t len)
{
    return nm_cursor_init(nm_span_of(octets, len));
}

static void
integers_are_read_in_their_octet_order(void)
{
    nm_cursor c = start(9);
    CHECK_EQ(nm_cursor_u8(&c), 0x01);
    c = start(9);
    CHECK_EQ(nm_cursor_be16(&c), 0x0182);
    c = start(9);
    CHECK_EQ(nm_cursor_be32(&c), 0x01820384);
    c = start(9);
    CHECK_EQ(nm_cursor_le32(&c), 0x84038201);
    c = start(9);
    CHECK_EQ(nm_cursor_le64(&c), 0x8807860584038201);
    CHECK_EQ(nm_cursor_offset(&c), 8);
    CHECK_EQ(nm_cursor_left(&c), 1);
    CHECK(!c.has_failed);
}

static void
taking_borrows_from_the_input(void)
{
    nm_cursor c = start(9);
    CHECK_EQ(nm_cursor_u8(&c), 1);
    nm_span taken = nm_cursor_take(&c, 3);
    CHECK(taken.data == octets + 1);
    CHECK_EQ(taken.len, 3);
    taken = nm_cursor_take(&c, 5);
    CHECK(taken.data == octets + 4);
    CHECK_EQ(nm_cursor_left(&c), 0);
    CHECK(!c.has_failed);
}

static void
the_end_can_be_reached_without_failing(void)
{
    nm_cursor c = start(4);
    CHECK_EQ(nm_cursor_be32(&c), 0x01820384);
    CHECK_EQ(nm_cursor_take(&c, 0).len, 0);
    CHECK(!c.has_failed);
}

static uint64_t
read_u8(nm_cursor *c)
{
    return nm_cursor_u8(c);
}

static uint64_t
read_be16(nm_cursor *c)
{
    return nm_cursor_be16(c);
}

static uint64_t
read_be32(nm_cursor *c)
{
    return nm_cursor_be32(c);
}

static uint64_t
read_le32(nm_cursor *c)
{
    return nm_cursor_le32(c);
}

static uint64_t
read_take(nm_cursor *c)
{
    return nm_cursor_take(c, 3).len;
}

static void
a_read_beyond_the_end_gives_zero_and_fails(void)
{
    static const struct {
        const char *name;
        uint64_t (*read)(nm_cursor *c);
        size_t needed;
    } rows[] = {
        {"one octet", read_u8, 1},           {"two octets", read_be16, 2},
        {"four octets", read_be32, 4},       {"four, little-endian", read_le32, 4},
        {"eight octets", nm_cursor_le64, 8}, {"a span", read_take, 3},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        for (size_t len = 0; len < rows[i].needed; len++) {
            nm_cursor c = start(len);
            uint64_t read = rows[i].read(&c);
            CHECK(c.has_failed);
            CHECK_EQ(nm_cursor_left(&c), 0);
            /* The low half of eight octets may be there. */
            CHECK(read == 0 || rows[i].needed == 8);
        }
        nm_cursor c = start(rows[i].needed);
        CHECK(rows[i].read(&c) != 0);
        CHECK(!c.has_failed);
    }
}

static void
after_a_failure_everything_is_zero(void)
{
    nm_cursor c = start(9);
    CHECK_EQ(nm_cursor_take(&c, 10).len, 0);
    CHECK(c.has_failed);
    CHECK_EQ(nm_cursor_u8(&c), 0);
    CHECK_EQ(nm_cursor_be16(&c), 0);
    CHECK_EQ(nm_cursor_be32(&c), 0);
    CHECK_EQ(nm_cursor_le64(&c), 0);
    CHECK_EQ(nm_cursor_take(&c, 1).len, 0);
    CHECK(c.has_failed);
}

static void
a_length_near_the_top_of_64_bits_fails(void)
{
    static const uint64_t lengths[] = {10,        UINT32_MAX,     (uint64_t)UINT32_MAX + 1,
                                       INT64_MAX, UINT64_MAX - 8, UINT64_MAX};
    for (size_t i = 0; i < CHECK_COUNT(lengths); i++) {
        nm_cursor c = start(9);
        CHECK_EQ(nm_cursor_take(&c, lengths[i]).len, 0);
        CHECK(c.has_failed);
    }
}

static void
nothing_at_all_can_be_read(void)
{
    nm_cursor c = nm_cursor_init(nm_span_of(NULL, 0));
    CHECK_EQ(nm_cursor_left(&c), 0);
    CHECK_EQ(nm_cursor_take(&c, 0).len, 0);
    CHECK(!c.has_failed);
    CHECK_EQ(nm_cursor_u8(&c), 0);
    CHECK(c.has_failed);
}

CHECK_MAIN(CHECK_TEST(integers_are_read_in_their_octet_order),
           CHECK_TEST(taking_borrows_from_the_input),
           CHECK_TEST(the_end_can_be_reached_without_failing),
           CHECK_TEST(a_read_beyond_the_end_gives_zero_and_fails),
           CHECK_TEST(after_a_failure_everything_is_zero),
           CHECK_TEST(a_length_near_the_top_of_64_bits_fails),
           CHECK_TEST(nothing_at_all_can_be_read))
