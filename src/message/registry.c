/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all vendors and message types. A new type is one line in `schemas`. */
#include "message/registry.h"

#include "base/ascii.h"
#include "message/schema/tables.h"

static const nm_vendor vendors[] = {
    {NM_VENDOR_BASE, "base"},     {NM_VENDOR_SIE, "SIE"},
    {NM_VENDOR_GTISC, "GTISC"},   {NM_VENDOR_DEFINTEL, "Defintel"},
    {NM_VENDOR_UNIVIE, "Univie"}, {NM_VENDOR_UNVEILLANCE, "Unveillance"},
    {NM_VENDOR_WISC, "WISC"},
};

static const nm_schema *const schemas[] = {
    &nm_schema_base_ncap,      &nm_schema_base_email,  &nm_schema_base_linkpair,
    &nm_schema_base_http,      &nm_schema_base_ipconn, &nm_schema_base_logline,
    &nm_schema_base_dns,       &nm_schema_base_pkt,    &nm_schema_base_dnsqr,
    &nm_schema_base_xml,       &nm_schema_base_encode, &nm_schema_base_packet,
    &nm_schema_base_dnstap,    &nm_schema_base_dnsobs, &nm_schema_sie_dnsdedupe,
    &nm_schema_sie_reputation, &nm_schema_sie_qr,      &nm_schema_sie_delay,
    &nm_schema_sie_newdomain,  &nm_schema_sie_dnsnx,
};

enum {
    VENDOR_COUNT = sizeof vendors / sizeof *vendors,
    SCHEMA_COUNT = sizeof schemas / sizeof *schemas,
};

size_t
nm_registry_vendor_count(void)
{
    return VENDOR_COUNT;
}

const nm_vendor *
nm_registry_vendor(size_t i)
{
    return &vendors[i];
}

size_t
nm_registry_schema_count(void)
{
    return SCHEMA_COUNT;
}

const nm_schema *
nm_registry_schema(size_t i)
{
    return schemas[i];
}

const nm_schema *
nm_registry_find(uint32_t vendor, uint32_t type)
{
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        if (schemas[i]->vendor == vendor && schemas[i]->type == type) {
            return schemas[i];
        }
    }
    return NULL;
}

static bool
is_named(const char *name, nm_span wanted)
{
    return nm_ascii_equal_any_case(nm_span_of_text(name), wanted);
}

const nm_schema *
nm_registry_find_name(uint32_t vendor, nm_span name)
{
    uint64_t start = nm_word_load_part(name.data, name.len);
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        if (schemas[i]->vendor == vendor && nm_name_is(schemas[i]->name, name, start)) {
            return schemas[i];
        }
    }
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        if (schemas[i]->vendor == vendor && is_named(schemas[i]->name, name)) {
            return schemas[i];
        }
    }
    return NULL;
}

const char *
nm_registry_vendor_name(uint32_t vendor)
{
    for (size_t i = 0; i < VENDOR_COUNT; i++) {
        if (vendors[i].number == vendor) {
            return vendors[i].name;
        }
    }
    return NULL;
}

uint32_t
nm_registry_vendor_number(nm_span name)
{
    uint64_t start = nm_word_load_part(name.data, name.len);
    for (size_t i = 0; i < VENDOR_COUNT; i++) {
        if (nm_name_is(vendors[i].name, name, start)) {
            return vendors[i].number;
        }
    }
    for (size_t i = 0; i < VENDOR_COUNT; i++) {
        if (is_named(vendors[i].name, name)) {
            return vendors[i].number;
        }
    }
    return is_named("ISC", name) ? NM_VENDOR_BASE : 0;
}
