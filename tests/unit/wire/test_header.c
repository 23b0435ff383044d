/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/header.h"

#include "check.h"

static void
version_and_flags(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        nm_status status;
        unsigned version;
        unsigned flags;
        uint32_t body_len;
    } rows[] = {
        {"version 2 without flags", "NMSG\x00\x02\x00\x00\x01\x02", 10, NM_OK, 2, 0, 258},
        {"compressed", "NMSG\x01\x02\x00\x00\x00\x00", 10, NM_OK, 2, NM_FLAG_ZLIB, 0},
        {"fragment", "NMSG\x02\x02\x00\x00\x00\x01", 10, NM_OK, 2, NM_FLAG_FRAGMENT, 1},
        {"both", "NMSG\x03\x02\x00\x00\x00\x01", 10, NM_OK, 2, NM_FLAG_ZLIB | NM_FLAG_FRAGMENT, 1},
        {"other flags are ignored", "NMSG\xfc\x02\x00\x00\x00\x01", 10, NM_OK, 2, 0, 1},
        {"all flags", "NMSG\xff\x02\x00\x00\x00\x01", 10, NM_OK, 2, NM_FLAG_ZLIB | NM_FLAG_FRAGMENT,
         1},
        {"a length of 4 GiB is only read here", "NMSG\x00\x02\xff\xff\xff\xff", 10, NM_OK, 2, 0,
         UINT32_MAX},
        {"version 1", "NMSG\x00\x01\x01\x02", 8, NM_OK, 1, 0, 258},
        {"version 1, the longest", "NMSG\x00\x01\xff\xff", 8, NM_OK, 1, 0, 65535},
        {"version 1 has no flags", "NMSG\x01\x01\x00\x00\x00\x00", 10, NM_E_VERSION, 0, 0, 0},
        {"version 0", "NMSG\x00\x00\x00\x00\x00\x00", 10, NM_E_VERSION, 0, 0, 0},
        {"version 3", "NMSG\x00\x03\x00\x00\x00\x00", 10, NM_E_VERSION, 0, 0, 0},
        {"version 255", "NMSG\x00\xff\x00\x00\x00\x00", 10, NM_E_VERSION, 0, 0, 0},
        {"version in the other order", "NMSG\x02\x00\x00\x00\x00\x00", 10, NM_E_VERSION, 0, 0, 0},
        {"other magic", "NMSC\x00\x02\x00\x00\x00\x00", 10, NM_E_MAGIC, 0, 0, 0},
        {"magic in small letters", "nmsg\x00\x02\x00\x00\x00\x00", 10, NM_E_MAGIC, 0, 0, 0},
        {"magic before version", "XMSG\x00\x09\x00\x00\x00\x00", 10, NM_E_MAGIC, 0, 0, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_header header = {.version = 77};
        nm_error err = {.code = NM_OK};
        nm_status status = nm_header_decode(nm_span_of(rows[i].octets, rows[i].len), &header, &err);
        CHECK_EQ(status, rows[i].status);
        if (status == NM_OK) {
            CHECK_EQ(header.version, rows[i].version);
            CHECK_EQ(header.flags, rows[i].flags);
            CHECK_EQ(header.body_len, rows[i].body_len);
            CHECK_EQ(header.header_len, rows[i].len);
        } else {
            CHECK_EQ(header.version, 77); /* Written on success only. */
            CHECK_EQ(err.code, status);
            CHECK_EQ(err.offset, status == NM_E_VERSION ? 4 : 0);
        }
    }
}

static void
truncated_header_reports_offset(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t whole_len;
    } rows[] = {
        {"version 2", "NMSG\x00\x02\x00\x00\x00\x00", 10},
        {"version 1", "NMSG\x00\x01\x00\x00", 8},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        for (size_t len = 0; len < rows[i].whole_len; len++) {
            nm_header header;
            nm_error err = {.code = NM_OK};
            CHECK_EQ(nm_header_decode(nm_span_of(rows[i].octets, len), &header, &err),
                     NM_E_TRUNCATED);
            CHECK_EQ(err.offset, len);
        }
    }
}

static void
what_is_wrong_already_is_not_called_truncated(void)
{
    nm_header header;
    CHECK_EQ(nm_header_decode(nm_span_of("X", 1), &header, NULL), NM_E_MAGIC);
    CHECK_EQ(nm_header_decode(nm_span_of("NMX", 3), &header, NULL), NM_E_MAGIC);
    CHECK_EQ(nm_header_decode(nm_span_of("NMSG\x00\x07", 6), &header, NULL), NM_E_VERSION);
    CHECK_EQ(nm_header_decode(nm_span_of("NMSG\x00\x07\x00", 7), &header, NULL), NM_E_VERSION);
}

static void
no_octets_at_no_address(void)
{
    nm_header header;
    CHECK_EQ(nm_header_decode(nm_span_of(NULL, 0), &header, NULL), NM_E_TRUNCATED);
}

static void
octets_behind_the_header_do_not_matter(void)
{
    nm_header header;
    CHECK_EQ(nm_header_decode(nm_span_of("NMSG\x00\x02\x00\x00\x00\x05hello", 15), &header, NULL),
             NM_OK);
    CHECK_EQ(header.body_len, 5);
    CHECK_EQ(header.header_len, NM_HEADER_LEN);
}

static void
version_2_is_written(void)
{
    uint8_t out[NM_HEADER_LEN];
    nm_header_encode(0, 0, out);
    CHECK_SPAN(nm_span_of(out, sizeof out), nm_span_of("NMSG\x00\x02\x00\x00\x00\x00", 10));
    nm_header_encode(NM_FLAG_ZLIB | NM_FLAG_FRAGMENT, 0x01020304, out);
    CHECK_SPAN(nm_span_of(out, sizeof out), nm_span_of("NMSG\x03\x02\x01\x02\x03\x04", 10));
}

CHECK_MAIN(CHECK_TEST(version_and_flags), CHECK_TEST(truncated_header_reports_offset),
           CHECK_TEST(what_is_wrong_already_is_not_called_truncated),
           CHECK_TEST(no_octets_at_no_address), CHECK_TEST(octets_behind_the_header_do_not_matter),
           CHECK_TEST(version_2_is_written))
