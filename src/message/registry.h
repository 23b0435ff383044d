/* SPDX-License-Identifier: Apache-2.0 */
/* Which vendors and message types there are. All of it is constant. */
#ifndef NM_MESSAGE_REGISTRY_H
#define NM_MESSAGE_REGISTRY_H

#include "message/schema.h"

/** A vendor of message types. */
typedef struct nm_vendor {
    uint32_t number;
    char name[NM_NAME_ROOM];
} nm_vendor;

/** Number of vendors, and vendor `i` of them, ascending by number. */
size_t nm_registry_vendor_count(void);
const nm_vendor *nm_registry_vendor(size_t i);

/** Number of message types, and type `i` of them, ascending by vendor and number. */
size_t nm_registry_schema_count(void);
const nm_schema *nm_registry_schema(size_t i);

/** The table of a message type; NULL for types that nobody here knows. */
const nm_schema *nm_registry_find(uint32_t vendor, uint32_t type);

/** The table of the type `name` of `vendor`, case ignored; NULL if there is none. */
const nm_schema *nm_registry_find_name(uint32_t vendor, nm_span name);

/** Name of a vendor, as nm_name_put() takes it; NULL if it has none. */
const char *nm_registry_vendor_name(uint32_t vendor);

/** Number of the vendor `name`, case ignored, "ISC" being the old name of base; 0 if unknown. */
uint32_t nm_registry_vendor_number(nm_span name);

#endif
