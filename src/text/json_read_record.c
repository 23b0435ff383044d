/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object as one message.
 *
 * One pass over the text notes where the value of every member lies. Members of "message" are noted
 * in the same pass when the type is known by then, as it is in what nm_json_record_write() writes;
 * otherwise in a second one. */
#include "base/ascii.h"
#include "base/number.h"
#include "base/real.h"
#include "base/timestamp.h"
#include "base/word.h"
#include "message/registry.h"
#include "text/json_plain.h"
#include "text/json_read_fields.h"
#include "text/json_read_number.h"
#include "text/json_record.h"

/* The members of a record that mean something. */
enum { TIME, VNAME, MNAME, SOURCE, OPERATOR, GROUP, MESSAGE, MEMBERS };

static const char member_names[MEMBERS][NM_JSON_NAME_ROOM] = {
    "time", "vname", "mname", "source", "operator", "group", "message",
};
static const uint8_t member_name_lens[MEMBERS] = {4, 5, 5, 6, 8, 5, 7};

/* A record while it is read. */
typedef struct record {
    nm_json_reader reader;
    nm_json_value members[MEMBERS];
    const nm_schema *schema;  /* What vname and mname say; NULL if that is not known (yet). */
    const nm_schema *scanned; /* The type whose rows were noted from the last message; or NULL. */
    nm_json_scratch scratch;
    nm_json_value rows[NM_SCHEMA_FIELDS_MAX];
} record;

/* Number of the member with the name; MEMBERS if it means nothing. */
static size_t
find_member(nm_span name)
{
    size_t member = 0;
    while (member < MEMBERS &&
           !nm_span_equal(nm_span_of(member_names[member], member_name_lens[member]), name)) {
        member++;
    }
    return member;
}

/* Row of the stored field with the name, field_count if there is none. Writers keep to the order of
 * the rows, so the search starts at `hint`. */
static size_t
find_row(const nm_schema *schema, nm_span name, size_t hint)
{
    uint64_t start = nm_word_load_part(name.data, name.len);
    for (size_t i = 0; i < schema->field_count; i++) {
        size_t row = hint + i < schema->field_count ? hint + i : hint + i - schema->field_count;
        if (nm_name_is(schema->fields[row].name, name, start)) {
            return schema->fields[row].number != 0 ? row : schema->field_count;
        }
    }
    return schema->field_count;
}

/* Note members as long as they are plain and come in the order of the rows, of which some may be
 * left out. The reader stands behind a member or, if `is_first`, behind the opening bracket.
 * @return the row behind the last one. */
static size_t
scan_plain_rows(record *r, nm_json_reader *reader, const nm_schema *schema, size_t next,
                bool is_first)
{
    const uint8_t *end = reader->end;
    const uint8_t *behind = NULL; /* The last member. */
    const uint8_t *key = is_first ? reader->pos : nm_json_plain_comma(reader->pos, end);
    while (key != NULL) {
        const uint8_t *value = NULL;
        size_t row = next;
        for (; row < schema->field_count; row++) {
            const nm_field *field = &schema->fields[row];
            value = nm_json_plain_key(key, end, field->name, field->name_len);
            if (value != NULL) {
                break;
            }
        }
        value = value != NULL ? nm_json_plain_value(value, end, &r->rows[row]) : NULL;
        if (value == NULL) {
            break;
        }
        behind = value;
        next = row + 1;
        key = nm_json_plain_comma(behind, end);
    }
    if (behind != NULL) {
        nm_json_go_on(reader, behind, /* is_value_next= */ false);
    }
    return next;
}

/* Note the members of the object whose bracket was just read. */
static nm_json_kind
scan_message(record *r, nm_json_reader *reader, const nm_schema *schema)
{
    nm_json_value key;
    nm_json_value value;
    size_t next = 0;

    memset(r->rows, 0, schema->field_count * sizeof *r->rows);
    for (bool is_first = true;; is_first = false) {
        next = scan_plain_rows(r, reader, schema, next, is_first);
        nm_json_kind kind = nm_json_next_member(reader, &key, &value);
        if (kind != NM_JSON_KEY) {
            r->scanned = schema;
            return kind;
        }
        size_t row = find_row(schema, nm_json_name_get(&key, &r->scratch), next);
        if (row < schema->field_count) {
            r->rows[row] = value;
            next = row + 1;
        }
    }
}

/* Look up what vname and mname say so far. */
static const nm_schema *
find_schema(record *r)
{
    const nm_json_value *vname = &r->members[VNAME];
    const nm_json_value *mname = &r->members[MNAME];
    if (r->schema == NULL && vname->kind == NM_JSON_STRING && mname->kind == NM_JSON_STRING) {
        uint32_t vendor = nm_registry_vendor_number(nm_json_name_get(vname, &r->scratch));
        r->schema = nm_registry_find_name(vendor, nm_json_name_get(mname, &r->scratch));
    }
    return r->schema;
}

static void
read_message(record *r)
{
    nm_json_value *message = &r->members[MESSAGE];
    const nm_schema *schema = find_schema(r);
    r->scanned = NULL;
    if (schema == NULL) {
        (void)nm_json_next_whole(&r->reader, message); /* An error comes again. */
        return;
    }
    nm_json_kind kind = nm_json_next(&r->reader, message);
    if (kind == NM_JSON_OBJECT) {
        (void)scan_message(r, &r->reader, schema); /* An error comes again. */
        message->text.len = (size_t)(r->reader.pos - message->text.data);
    } else if (kind == NM_JSON_ARRAY) {
        (void)nm_json_skip(&r->reader); /* An error comes again. */
    }
}

/* Note members behind the opening bracket as long as they are plain and come in the usual order.
 * @return true when the value of the message comes next. */
static bool
scan_plain_members(record *r)
{
    const uint8_t *end = r->reader.end;
    const uint8_t *p = r->reader.pos;
    bool is_first = true;
    for (size_t member = 0; member < MEMBERS; member++) {
        const uint8_t *key = is_first ? p : nm_json_plain_comma(p, end);
        const uint8_t *value = key != NULL ? nm_json_plain_key(key, end, member_names[member],
                                                               member_name_lens[member])
                                           : NULL;
        if (value == NULL) {
            continue;
        }
        if (member == MESSAGE) {
            nm_json_go_on(&r->reader, value, /* is_value_next= */ true);
            return true;
        }
        p = nm_json_plain_value(value, end, &r->members[member]);
        if (p == NULL) {
            break;
        }
        nm_json_go_on(&r->reader, p, /* is_value_next= */ false);
        is_first = false;
    }
    return false;
}

/* Read the text to its end and note the members. */
static nm_status
scan_record(record *r)
{
    nm_json_value value;
    nm_json_kind kind = nm_json_next(&r->reader, &value);
    if (kind != NM_JSON_OBJECT && kind != NM_JSON_ERROR) {
        return nm_json_reject(&r->reader, &value, /* field= */ NULL, "an object");
    }
    if (kind == NM_JSON_OBJECT && scan_plain_members(r)) {
        read_message(r);
    }
    while (nm_json_next(&r->reader, &value) == NM_JSON_KEY) {
        size_t member = find_member(nm_json_name_get(&value, &r->scratch));
        if (member == MESSAGE) {
            read_message(r);
            continue;
        }
        (void)nm_json_next_whole(&r->reader, &value); /* An error comes again. */
        if (member == VNAME || member == MNAME) {
            r->schema = NULL;
        }
        if (member < MEMBERS) {
            r->members[member] = value;
        }
    }
    (void)nm_json_next(&r->reader, &value); /* Whether it was the end stands in the status. */
    return r->reader.status;
}

/* Make sure that type and rows are known. */
static nm_status
find_rows(record *r)
{
    nm_json_value *message = &r->members[MESSAGE];
    if (r->members[VNAME].kind != NM_JSON_STRING) {
        return nm_json_reject(&r->reader, &r->members[VNAME], member_names[VNAME], "a string");
    }
    if (find_schema(r) == NULL) {
        return nm_json_reject(&r->reader, &r->members[MNAME], member_names[MNAME],
                              "a message type of its vendor");
    }
    if (message->kind != NM_JSON_OBJECT) {
        return nm_json_reject(&r->reader, message, member_names[MESSAGE], "an object");
    }
    if (r->scanned != r->schema) {
        nm_json_reader again = nm_json_again(&r->reader, message);
        (void)nm_json_next(&again, message); /* The bracket; that all is well-formed is known. */
        (void)scan_message(r, &again, r->schema);
    }
    return NM_OK;
}

/* Seconds with a fraction. */
static bool
split_real_time(double time, nm_payload *out)
{
    const double limit = 9223372036854775808.0; /* 2^63 */
    if (!(time >= -limit && time < limit)) {
        return false;
    }
    int64_t sec = (int64_t)time;
    double fraction = time - (double)sec;
    if (fraction < 0) { /* And so far from the smallest number. */
        fraction += 1;
        sec--;
    }
    uint32_t nsec = (uint32_t)(fraction * 1e9);
    out->time_sec = sec;
    out->time_nsec = nsec <= NM_TIMESTAMP_NSEC_MAX ? nsec : NM_TIMESTAMP_NSEC_MAX;
    return true;
}

/* Read the member "time"; absent leaves what is there. */
static nm_status
read_time(record *r, nm_payload *out)
{
    const nm_json_value *time = &r->members[TIME];
    double real;
    uint64_t number;
    bool is_good = false;

    if (time->kind == NM_JSON_ABSENT) {
        return NM_OK;
    }
    if (time->kind == NM_JSON_STRING) {
        is_good = nm_timestamp_parse(nm_json_name_get(time, &r->scratch), &out->time_sec,
                                     &out->time_nsec);
    } else if (time->kind == NM_JSON_REAL) {
        is_good = nm_real_parse(time->text, &real) && split_real_time(real, out);
    } else if (nm_json_integer_get(time, INT64_MIN, INT64_MAX, &number)) {
        out->time_sec = (int64_t)number;
        out->time_nsec = 0;
        is_good = true;
    }
    return is_good ? NM_OK
                   : nm_json_reject(&r->reader, time, member_names[TIME],
                                    "YYYY-MM-DD HH:MM:SS.nnnnnnnnn or seconds");
}

/* Set a number of the header, which is absent if it is 0. */
static void
set_number(uint32_t number, unsigned has_flag, uint32_t *to, nm_payload *out)
{
    *to = number;
    out->has |= number != 0 ? has_flag : 0;
}

static nm_status
read_source(record *r, nm_payload *out)
{
    const nm_json_value *source = &r->members[SOURCE];
    uint64_t number = 0;
    uint32_t hex;

    if (source->kind == NM_JSON_STRING) {
        if (nm_number_parse_hex32(nm_json_name_get(source, &r->scratch), &hex)) {
            set_number(hex, NM_HAS_SOURCE, &out->source, out);
            return NM_OK;
        }
    } else if (source->kind == NM_JSON_ABSENT ||
               nm_json_integer_get(source, 0, UINT32_MAX, &number)) {
        set_number((uint32_t)number, NM_HAS_SOURCE, &out->source, out);
        return NM_OK;
    }
    return nm_json_reject(&r->reader, source, member_names[SOURCE],
                          "a string of up to eight hexadecimal digits or a 32-bit integer");
}

/* Read an operator or group; a name that the table does not have counts as absent. */
static nm_status
read_alias(record *r, size_t member, const nm_alias_table *table, uint32_t *out)
{
    const nm_json_value *value = &r->members[member];
    uint64_t number = 0;
    *out = 0;

    if (value->kind == NM_JSON_STRING) {
        (void)nm_alias_number(table, nm_json_name_get(value, &r->scratch), out); /* Or stays 0. */
        return NM_OK;
    }
    if (value->kind != NM_JSON_ABSENT && !nm_json_integer_get(value, 0, UINT32_MAX, &number)) {
        return nm_json_reject(&r->reader, value, member_names[member],
                              "a name or a 32-bit integer");
    }
    *out = (uint32_t)number;
    return NM_OK;
}

static nm_status
read_header(record *r, const nm_aliases *aliases, nm_payload *out)
{
    uint32_t operator = 0;
    uint32_t group = 0;

    out->vendor = r->schema->vendor;
    out->type = r->schema->type;
    nm_status status = read_time(r, out);
    if (status == NM_OK) {
        status = read_source(r, out);
    }
    if (status == NM_OK) {
        status = read_alias(r, OPERATOR, aliases != NULL ? aliases->operators : NULL, &operator);
    }
    if (status == NM_OK) {
        status = read_alias(r, GROUP, aliases != NULL ? aliases->groups : NULL, &group);
    }
    set_number(operator, NM_HAS_OPERATOR, &out->operator, out);
    set_number(group, NM_HAS_GROUP, &out->group, out);
    return status;
}

nm_status
nm_json_record_read(nm_span text, uint64_t line, const nm_aliases *aliases, int64_t now_sec,
                    uint32_t now_nsec, nm_buffer *data, nm_payload *out, nm_error *err)
{
    nm_payload payload = {.time_sec = now_sec, .time_nsec = now_nsec, .has = NM_HAS_DATA};
    record r;
    r.reader = nm_json_begin(text, line, err);
    r.schema = NULL;
    r.scanned = NULL;
    memset(r.members, 0, sizeof r.members);
    nm_json_scratch_init(&r.scratch, data->allocator);
    data->len = 0;

    nm_status status = scan_record(&r);
    if (status == NM_OK) {
        status = find_rows(&r);
    }
    if (status == NM_OK) {
        status = read_header(&r, aliases, &payload);
    }
    if (status == NM_OK) {
        status = nm_json_fields_encode(&r.reader, r.schema, r.rows, &r.scratch, data);
    }
    nm_json_scratch_clear(&r.scratch);
    if (status == NM_OK) {
        payload.data = nm_buffer_span(data);
        *out = payload;
    }
    return status;
}
