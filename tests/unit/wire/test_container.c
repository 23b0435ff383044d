/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/container.h"

#include "check.h"
#include "failing_allocator.h"
#include "octets.h"

/* Field 1 with a payload record around `message`. */
static void
put_payload(octets *o, uint32_t type, const char *message)
{
    octets record = {0};
    octets_number(&record, 1, 1);
    octets_number(&record, 2, type);
    octets_number(&record, 3, 1700000000);
    octets_fixed32(&record, 4, 5);
    if (message != NULL) {
        octets_text(&record, 5, message);
    }
    octets_bytes(o, 1, octets_span(&record));
    octets_free(&record);
}

/* CRCs as stored, found with another implementation. */
static const uint32_t crc_of_digits = 0x839206e3; /* "123456789" */
static const uint32_t crc_of_a = 0x3043d0c1;      /* "a" */

static void
payloads_crcs_and_sequence_are_read(void)
{
    octets body = {0};
    put_payload(&body, 1, "a");
    put_payload(&body, 2, "123456789");
    octets_number(&body, 2, crc_of_a);
    octets_number(&body, 2, crc_of_digits);
    octets_number(&body, 3, 42);
    octets_number(&body, 4, 0x1122334455667788);
    nm_container c;
    nm_container_init(&c, &nm_allocator_heap);
    CHECK_EQ(nm_container_decode(&c, octets_span(&body), NULL), NM_OK);
    CHECK_EQ(c.count, 2);
    CHECK_EQ(c.payloads[0].type, 1);
    CHECK_TEXT(c.payloads[0].data.data, c.payloads[0].data.len, "a");
    CHECK_EQ(c.payloads[1].type, 2);
    CHECK_EQ(c.crc_count, 2);
    CHECK_EQ(c.crcs[1], crc_of_digits);
    CHECK(nm_container_crc_fits(&c, 0));
    CHECK(nm_container_crc_fits(&c, 1));
    CHECK((c.payloads[1].has & NM_HAS_CRC) != 0);
    CHECK_EQ(c.payloads[1].crc, crc_of_digits);
    CHECK(c.has_sequence);
    CHECK_EQ(c.sequence, 42);
    CHECK_EQ(c.sequence_id, 0x1122334455667788);
    nm_container_clear(&c);
    octets_free(&body);
}

static void
the_stored_crc_is_octet_swapped(void)
{
    CHECK_EQ(nm_payload_crc(nm_span_of("123456789", 9)), 0x839206e3);
    CHECK_EQ(nm_payload_crc(nm_span_of(NULL, 0)), 0);
}

static void
an_absent_message_counts_as_no_octets(void)
{
    octets body = {0};
    put_payload(&body, 1, NULL);
    put_payload(&body, 1, "");
    put_payload(&body, 1, NULL);
    octets_number(&body, 2, 0);
    octets_number(&body, 2, 0);
    octets_number(&body, 2, 1);
    nm_container c;
    nm_container_init(&c, &nm_allocator_heap);
    CHECK_EQ(nm_container_decode(&c, octets_span(&body), NULL), NM_OK);
    CHECK(nm_container_crc_fits(&c, 0));
    CHECK(nm_container_crc_fits(&c, 1));
    CHECK(!nm_container_crc_fits(&c, 2));
    nm_container_clear(&c);
    octets_free(&body);
}

static void
crcs_of_all_arrangements(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        size_t crc_count;
        const char *fits; /**< Of the payloads "a" and "123456789": y or n. */
    } rows[] = {
        {"none: everything is accepted", "", 0, 0, "yy"},
        {"one too few: the rest is unchecked", "\x10\xc1\xa1\x8f\x82\x03", 6, 1, "yy"},
        {"the first is wrong", "\x10\x01\x10\xe3\x8d\xc8\x9c\x08", 8, 2, "ny"},
        {"the second is wrong", "\x10\xc1\xa1\x8f\x82\x03\x10\x01", 8, 2, "yn"},
        {"a surplus one is ignored", "\x10\xc1\xa1\x8f\x82\x03\x10\xe3\x8d\xc8\x9c\x08\x10\x07", 14,
         3, "yy"},
        {"packed", "\x12\x0a\xc1\xa1\x8f\x82\x03\xe3\x8d\xc8\x9c\x08", 12, 2, "yy"},
        {"packed and wrong", "\x12\x02\x01\x02", 4, 2, "nn"},
        {"packed, nothing in it", "\x12\x00", 2, 0, "yy"},
        {"one packed, one not", "\x12\x05\xc1\xa1\x8f\x82\x03\x10\xe3\x8d\xc8\x9c\x08", 13, 2,
         "yy"},
        {"longer than 32 bits: the low ones count", "\x10\xc1\xa1\x8f\x82\xf3\xff\xff\xff\xff\x01",
         11, 1, "yy"},
        {"longer than needed", "\x10\xc1\xa1\x8f\x82\x83\x00", 7, 1, "yy"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets body = {0};
        octets_put(&body, rows[i].octets, rows[i].len); /* Fields come in any order. */
        put_payload(&body, 1, "a");
        put_payload(&body, 2, "123456789");
        nm_container c;
        nm_container_init(&c, &nm_allocator_heap);
        CHECK_EQ(nm_container_decode(&c, octets_span(&body), NULL), NM_OK);
        CHECK_EQ(c.crc_count, rows[i].crc_count);
        for (size_t k = 0; k < c.count; k++) {
            CHECK_EQ(nm_container_crc_fits(&c, k), rows[i].fits[k] == 'y');
        }
        nm_container_clear(&c);
        octets_free(&body);
    }
}

static void
sequence_needs_both_fields(void)
{
    static const struct {
        const char *name;
        bool has_sequence;
        bool has_id;
    } rows[] = {
        {"neither", false, false},
        {"sequence only", true, false},
        {"id only", false, true},
        {"both", true, true},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets body = {0};
        put_payload(&body, 1, "a");
        if (rows[i].has_id) {
            octets_number(&body, 4, 9);
            octets_number(&body, 4, 10);
        }
        if (rows[i].has_sequence) {
            octets_number(&body, 3, 1);
            octets_number(&body, 3, 0);
        }
        nm_container c;
        nm_container_init(&c, &nm_allocator_heap);
        CHECK_EQ(nm_container_decode(&c, octets_span(&body), NULL), NM_OK);
        CHECK_EQ(c.has_sequence, rows[i].has_sequence && rows[i].has_id);
        if (c.has_sequence) { /* The last one counts. */
            CHECK_EQ(c.sequence, 0);
            CHECK_EQ(c.sequence_id, 10);
        }
        nm_container_clear(&c);
        octets_free(&body);
    }
}

static void
an_empty_body_has_no_payloads(void)
{
    nm_container c;
    nm_container_init(&c, &nm_allocator_heap);
    CHECK_EQ(nm_container_decode(&c, nm_span_of(NULL, 0), NULL), NM_OK);
    CHECK_EQ(c.count, 0);
    CHECK_EQ(c.crc_count, 0);
    CHECK(!c.has_sequence);
    nm_container_clear(&c);
}

static void
unknown_fields_are_skipped(void)
{
    octets body = {0};
    octets_text(&body, 5, "new");
    octets_number(&body, 1000, 1);
    put_payload(&body, 3, "a");
    octets_fixed64(&body, 6, 1);
    octets_fixed32(&body, 7, 1);
    nm_container c;
    nm_container_init(&c, &nm_allocator_heap);
    CHECK_EQ(nm_container_decode(&c, octets_span(&body), NULL), NM_OK);
    CHECK_EQ(c.count, 1);
    nm_container_clear(&c);
    octets_free(&body);
}

static void
a_decode_replaces_the_one_before(void)
{
    octets first = {0};
    octets second = {0};
    for (int i = 0; i < 100; i++) {
        put_payload(&first, 1, "a");
        octets_number(&first, 2, crc_of_a);
    }
    octets_number(&first, 3, 1);
    octets_number(&first, 4, 1);
    put_payload(&second, 2, "123456789");
    nm_container c;
    nm_container_init(&c, &nm_allocator_heap);
    CHECK_EQ(nm_container_decode(&c, octets_span(&first), NULL), NM_OK);
    CHECK_EQ(c.count, 100);
    CHECK_EQ(nm_container_decode(&c, octets_span(&second), NULL), NM_OK);
    CHECK_EQ(c.count, 1);
    CHECK_EQ(c.crc_count, 0);
    CHECK(!c.has_sequence);
    CHECK_EQ(c.payloads[0].type, 2);
    nm_container_clear(&c);
    octets_free(&first);
    octets_free(&second);
}

static void
malformed_bodies_are_refused(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        size_t offset; /**< Behind a good payload record. */
    } rows[] = {
        {"cut tag", "\x80", 1, 0},
        {"field number 0", "\x00\x00", 2, 0},
        {"group", "\x0b\x0c", 2, 0},
        {"payload as a number", "\x08\x01", 2, 0},
        {"payload longer than the body", "\x0a\x7f\x08", 3, 0},
        {"payload of 4 GiB", "\x0a\xff\xff\xff\xff\x0f", 6, 0},
        {"payload without fields", "\x0a\x00", 2, 2},
        {"malformed payload", "\x0a\x05\x08\x01\x10\x02\x18", 7, 6},
        {"payload field of another wire type", "\x0a\x03\x10\x01\x0d", 5, 4},
        {"CRC as fixed number", "\x15\x01\x02\x03\x04", 5, 0},
        {"packed CRC cut", "\x12\x02\x01\x80", 4, 0},
        {"packed CRC of eleven octets", "\x12\x0b\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 13,
         0},
        {"sequence as octets", "\x1a\x00", 2, 0},
        {"sequence id as fixed number", "\x21\x01\x02\x03\x04\x05\x06\x07\x08", 9, 0},
    };
    octets good = {0};
    put_payload(&good, 1, "a");
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets body = {0};
        octets_put_span(&body, octets_span(&good));
        octets_put(&body, rows[i].octets, rows[i].len);
        nm_container c;
        nm_error err = {.code = NM_OK};
        nm_container_init(&c, &nm_allocator_heap);
        CHECK_EQ(nm_container_decode(&c, octets_span(&body), &err), NM_E_PARSE);
        CHECK_EQ(err.code, NM_E_PARSE);
        CHECK_EQ(err.offset, good.len + rows[i].offset);
        CHECK_EQ(c.count, 0); /* Empty after a failure. */
        CHECK_EQ(nm_container_decode(&c, octets_span(&body), NULL), NM_E_PARSE);
        CHECK_EQ(nm_container_decode(&c, octets_span(&good), NULL), NM_OK);
        CHECK_EQ(c.count, 1);
        nm_container_clear(&c);
        octets_free(&body);
    }
    octets_free(&good);
}

static void
a_zeroed_struct_can_be_cleared(void)
{
    nm_container c = {.count = 0};
    nm_container_clear(&c);
    CHECK_EQ(c.count, 0);
}

static void
decode_with_little_memory(failing_allocator *memory)
{
    octets body = {0};
    for (int i = 0; i < 20; i++) {
        put_payload(&body, 1, "a");
    }
    for (int i = 0; i < 40; i++) {
        octets_number(&body, 2, crc_of_a);
    }
    octets packed = {0};
    octets_fill(&packed, 1, 200);
    octets_bytes(&body, 2, octets_span(&packed));
    nm_container c;
    nm_error err = {.code = NM_OK};
    nm_container_init(&c, &memory->allocator);
    nm_status status = nm_container_decode(&c, octets_span(&body), &err);
    CHECK_EQ(status, memory->has_failed ? NM_E_NOMEM : NM_OK);
    CHECK_EQ(err.code, status);
    CHECK_EQ(c.count, memory->has_failed ? 0 : 20);
    CHECK_EQ(nm_container_decode(&c, octets_span(&body), NULL), NM_OK);
    CHECK_EQ(c.count, 20);
    CHECK_EQ(c.crc_count, 240);
    nm_container_clear(&c);
    octets_free(&packed);
    octets_free(&body);
}

static void
every_allocation_may_fail(void)
{
    sweep_result result = failing_allocator_sweep(decode_with_little_memory, 100);
    CHECK(result.is_complete);
    CHECK(result.failures > 3);
    CHECK_EQ(result.leaks, 0);
}

CHECK_MAIN(CHECK_TEST(payloads_crcs_and_sequence_are_read),
           CHECK_TEST(the_stored_crc_is_octet_swapped),
           CHECK_TEST(an_absent_message_counts_as_no_octets), CHECK_TEST(crcs_of_all_arrangements),
           CHECK_TEST(sequence_needs_both_fields), CHECK_TEST(an_empty_body_has_no_payloads),
           CHECK_TEST(unknown_fields_are_skipped), CHECK_TEST(a_decode_replaces_the_one_before),
           CHECK_TEST(malformed_bodies_are_refused), CHECK_TEST(a_zeroed_struct_can_be_cleared),
           CHECK_TEST(every_allocation_may_fail))
