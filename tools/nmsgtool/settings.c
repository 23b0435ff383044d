/* SPDX-License-Identifier: Apache-2.0 */
/* From the texts of options to what they mean, in the order in which the peer complains. */
#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "message/registry.h"

enum { ENDLINE_MAX = 65536 };

#define usage(err, ...) nm_error_set((err), NM_E_ARGUMENT, 0, "usage error: " __VA_ARGS__)

/* A number as C has them (decimal, 0x…, 0…), from 1 on. */
static bool
parse_number(const char *text, uint32_t *out)
{
    char *end = NULL;
    if (!nm_ascii_is_digit((uint8_t)text[0])) {
        return false;
    }
    unsigned long long number = strtoull(text, &end, 0);
    if (*end != '\0' || number == 0 || number > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* A name of the table, or a number. Without text there is nothing to do. */
static nm_status
parse_name(const char *text, const nm_alias_table *table, uint32_t *out, const char *complaint,
           nm_error *err)
{
    if (text == NULL || nm_alias_number(table, nm_span_of(text, strlen(text)), out) ||
        parse_number(text, out)) {
        return NM_OK;
    }
    return usage(err, "%s", complaint);
}

static nm_status
find_type(const tool_options *options, tool_settings *out, nm_error *err)
{
    const char *vendor_name = options->vendor != NULL ? options->vendor : "base";
    if (options->vendor == NULL && options->type == NULL) {
        return NM_OK;
    }
    if (options->type == NULL) {
        return usage(err, "-V requires -T");
    }
    uint32_t vendor = nm_registry_vendor_number(nm_span_of(vendor_name, strlen(vendor_name)));
    if (vendor == 0) {
        return usage(err, "invalid vendor ID");
    }
    out->schema = nm_registry_find_name(vendor, nm_span_of(options->type, strlen(options->type)));
    if (out->schema == NULL) {
        return usage(err, "invalid message type");
    }
    out->filter.vendor = out->schema->vendor;
    out->filter.type = out->schema->type;
    return NM_OK;
}

/* "\n", "\t" and "\\" stand for what they do elsewhere; before anything else a backslash is left
 * out. */
static nm_status
unescape(const char *text, nm_buffer *out)
{
    nm_status status = NM_OK;
    for (; status == NM_OK && *text != '\0'; text++) {
        char octet = *text;
        if (octet == '\\') {
            octet = *++text;
            if (octet == '\0') {
                break;
            }
            octet = octet == 'n' ? '\n' : octet == 't' ? '\t' : octet;
        }
        status = nm_buffer_append(out, nm_span_of(&octet, 1));
    }
    return status;
}

static nm_status
find_zlevel(const tool_options *options, tool_settings *out, nm_error *err)
{
    enum { FASTEST = 1, SMALLEST = 9 };
    if (options->zlevel == 0) {
        return NM_OK;
    }
    if (options->zlevel < FASTEST || options->zlevel > SMALLEST) {
        return usage(err, "invalid compression level");
    }
    if (!options->is_compressed) {
        return usage(err, "--zlevel requires -z");
    }
    out->zlevel = (int)options->zlevel;
    return NM_OK;
}

static nm_status
find_names(const tool_options *options, const nm_aliases *aliases, tool_settings *out,
           nm_error *err)
{
    const struct {
        const char *text;
        const nm_alias_table *table;
        uint32_t *number;
        const char *complaint;
    } rows[] = {
        {options->set_source, NULL, &out->change.source, "invalid source ID"},
        {options->set_operator, aliases->operators, &out->change.operator, "unknown operator name"},
        {options->set_group, aliases->groups, &out->change.group, "unknown group name"},
        {options->get_source, NULL, &out->filter.source, "invalid filter source ID"},
        {options->get_operator, aliases->operators, &out->filter.operator,
         "unknown filter operator name"},
        {options->get_group, aliases->groups, &out->filter.group, "unknown filter group name"},
    };
    nm_status status = NM_OK;
    for (size_t i = 0; status == NM_OK && i < sizeof rows / sizeof *rows; i++) {
        status = parse_name(rows[i].text, rows[i].table, rows[i].number, rows[i].complaint, err);
    }
    return status;
}

/* "sample" and what the peer's file of that filter is called. */
static bool
is_sample(const char *name, size_t len)
{
    nm_span base = nm_span_of(name, len);
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '/') {
            base = nm_span_of(name + i + 1, len - i - 1);
        }
    }
    return nm_span_equal(base, nm_span_of("sample", 6)) ||
           nm_span_equal(base, nm_span_of("nmsg_flt1_sample.so", 19));
}

static nm_status
find_filters(const tool_options *options, uint64_t seed, tool_settings *out, nm_error *err)
{
    out->samples = calloc(options->filters.count + 1, sizeof *out->samples);
    if (out->samples == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for filters");
    }
    for (size_t i = 0; i < options->filters.count; i++) {
        const char *text = options->filters.items[i];
        size_t len = strcspn(text, ",");
        nm_error detail;
        if (!is_sample(text, len)) {
            return nm_error_set(err, NM_E_ARGUMENT, 0,
                                "no filter '%.*s': this build has 'sample' and loads no modules",
                                (int)(len < 120 ? len : 120), text);
        }
        nm_status status = nm_sample_parse(text[len] == ',' ? text + len + 1 : NULL, seed + i,
                                           &out->samples[out->sample_count], &detail);
        if (status != NM_OK) {
            return nm_error_set(err, status, 0, "filter sample: %s", detail.message);
        }
        out->sample_count++;
    }
    if (out->sample_count > 0 && options->policy != NULL) {
        out->drops_rest = strcasecmp(options->policy, "DROP") == 0;
        if (!out->drops_rest && strcasecmp(options->policy, "ACCEPT") != 0) {
            return nm_error_set(err, NM_E_ARGUMENT, 0, "unknown filter policy '%.120s'",
                                options->policy);
        }
    }
    return NM_OK;
}

nm_status
tool_settings_make(const tool_options *options, const nm_aliases *aliases, const char *kicker,
                   uint64_t seed, tool_settings *out, nm_error *err)
{
    memset(out, 0, sizeof *out);
    nm_buffer_init(&out->endline, ENDLINE_MAX, &nm_allocator_heap);
    out->kicker = options->kicker != NULL ? options->kicker : kicker;
    nm_status status = unescape(options->endline != NULL ? options->endline : "\n", &out->endline);
    if (status != NM_OK) {
        return nm_error_set(err, status, 0, "argument to -e: %s", nm_status_text(status));
    }
    status = find_type(options, out, err);
    if (status == NM_OK) {
        status = find_names(options, aliases, out, err);
    }
    if (status == NM_OK) {
        status = find_zlevel(options, out, err);
    }
    if (status == NM_OK && options->read_pcap.count + options->read_interface.count > 0 &&
        out->schema == NULL) {
        status = usage(err, "reading presentation or pcap data requires -V, -T");
    }
    if (status == NM_OK) {
        status = tool_packet_settings_make(options, &out->packets, err);
    }
    return status == NM_OK ? find_filters(options, seed, out, err) : status;
}

void
tool_settings_clear(tool_settings *settings)
{
    nm_buffer_clear(&settings->endline);
    free(settings->samples);
    memset(settings, 0, sizeof *settings);
}
