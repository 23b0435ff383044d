/* SPDX-License-Identifier: Apache-2.0 */
#include "text/field_key.h"

#include "all_kinds.h"
#include "check.h"

/* A message of the type with the field of a row, as protobuf has it. */
typedef struct key_row {
    const char *name;
    size_t row;
    nm_span payload;
    nm_span key;
} key_row;

#define SPAN(text) {(const uint8_t *)(text), sizeof(text) - 1}

static void
keys_are_values_as_text_or_octets(void)
{
    static const key_row rows[] = {
        {"a symbol", ROW_TYPE, SPAN("\x08\x02"), SPAN("YAML")},
        {"an enum without one", ROW_TYPE, SPAN("\x08\x63"), SPAN("99")},
        {"octets are raw", ROW_BYTES, SPAN("\x12\x03\x00\"\xff"), SPAN("\x00\"\xff")},
        {"a string without its NUL", ROW_STRING, SPAN("\x1a\x03\"b\x00"), SPAN("\"b")},
        {"only the last NUL", ROW_STRING, SPAN("\x1a\x03z\x00\x00"), SPAN("z\x00")},
        {"a string of none", ROW_STRING, SPAN("\x1a\x00"), SPAN("")},
        {"text of several lines", ROW_MLSTRING, SPAN("\x22\x04y\nz\x00"), SPAN("y\nz")},
        {"IPv4", ROW_IP, SPAN("\x2a\x04\xc0\x00\x02\x01"), SPAN("192.0.2.1")},
        {"a number", ROW_UINT16, SPAN("\x30\x35"), SPAN("53")},
        {"a negative number", ROW_INT64, SPAN("\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
         SPAN("-1")},
        {"a name", ROW_DNS_NAME, SPAN("\x72\x03\x01z\x00"), SPAN("z.")},
        {"a record type", ROW_DNS_TYPE, SPAN("\x78\x1c"), SPAN("AAAA")},
        {"record data", ROW_DNS_RDATA, SPAN("\x78\x01\x80\x01\x01\x9a\x01\x04\xc0\x00\x02\x01"),
         SPAN("192.0.2.1")},
        {"record data with quotation marks", ROW_DNS_RDATA,
         SPAN("\x78\x10\x80\x01\x01\x9a\x01\x02\x01z"), SPAN("\"z\"")},
        {"absent", ROW_STRING, SPAN("\x30\x35"), SPAN("")},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_slot slots[ROWS];
        nm_buffer out;
        nm_buffer scratch;
        CHECK_CASE(rows[i].name);
        nm_fields fields = all_kinds_index(rows[i].payload, slots);
        nm_buffer_init(&out, 1000, &nm_allocator_heap);
        nm_buffer_init(&scratch, 1000, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&out);
        CHECK_EQ(nm_field_key_write(&w, &fields, rows[i].row, &scratch), NM_OK);
        CHECK_EQ(nm_writer_end(&w), NM_OK);
        CHECK_SPAN(nm_buffer_span(&out), rows[i].key);
        nm_buffer_clear(&out);
        nm_buffer_clear(&scratch);
    }
}

static void
keys_that_do_not_fit_are_told(void)
{
    static const key_row rows[] = {
        {"octets", ROW_BYTES,
         SPAN("\x12\x04"
              "1234"),
         SPAN("")},
        {"an address", ROW_IP, SPAN("\x2a\x04\xc0\x00\x02\x01"), SPAN("")},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_slot slots[ROWS];
        nm_buffer out;
        nm_buffer scratch;
        CHECK_CASE(rows[i].name);
        nm_fields fields = all_kinds_index(rows[i].payload, slots);
        nm_buffer_init(&out, 3, &nm_allocator_heap);
        nm_buffer_init(&scratch, 1000, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&out);
        (void)!nm_field_key_write(&w, &fields, rows[i].row, &scratch); /* The end tells. */
        CHECK_EQ(nm_writer_end(&w), NM_E_LIMIT);
        CHECK_EQ(out.len, 0);
        nm_buffer_clear(&out);
        nm_buffer_clear(&scratch);
    }
}

CHECK_MAIN(CHECK_TEST(keys_are_values_as_text_or_octets), CHECK_TEST(keys_that_do_not_fit_are_told))
