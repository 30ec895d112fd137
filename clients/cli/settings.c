/* The settings of an inbox from a file. The core has no table of time zones: the offsets
 * of the zone are worked out here. */
#include "clients/cli/settings.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clients/cli/files.h"

#define HOUR_S      3600
#define OFFSETS_MAX 8
/* A record is valid for a year, but may be renewed by a client that knows no zones and
 * keeps the offsets: so as many years as fit. */
#define DAYS (4 * 366)

static long offset_at(time_t seconds)
{
	struct tm local;

	return localtime_r(&seconds, &local) ? local.tm_gmtoff / 60 : 0;
}

/* Where the offset changes between begin and begin + DAYS, to the hour. */
static void add_changes(cJSON *array, time_t begin)
{
	long offset = offset_at(begin);
	double first[2] = {(double)begin * 1000, (double)offset};

	(void)cJSON_AddItemToArray(array, cJSON_CreateDoubleArray(first, 2));
	for (time_t t = begin - begin % HOUR_S; t < begin + (time_t)DAYS * 24 * HOUR_S;
		t += HOUR_S) {
		double change[2] = {(double)t * 1000, (double)offset_at(t)};

		if (t > begin && offset_at(t) != offset &&
			cJSON_GetArraySize(array) < OFFSETS_MAX) {
			offset = offset_at(t);
			(void)cJSON_AddItemToArray(
				array, cJSON_CreateDoubleArray(change, 2));
		}
	}
}

/* What the zone's clock says, with the process's own zone put back afterwards. */
static void add_offsets(cJSON *settings, const char *zone)
{
	char *before = getenv("TZ") ? strdup(getenv("TZ")) : NULL;

	(void)setenv("TZ", zone, 1);
	tzset();
	add_changes(cJSON_AddArrayToObject(settings, "offsets"), time(NULL));
	if (before) {
		(void)setenv("TZ", before, 1);
	} else {
		(void)unsetenv("TZ");
	}
	tzset();
	free(before);
}

/* An unknown one would pass for UTC. */
static bool is_known(const char *zone)
{
	const char *directory = getenv("TZDIR");
	char path[256];
	int len = snprintf(path, sizeof(path), "%s/%s",
		directory ? directory : "/usr/share/zoneinfo", zone);

	return *zone && !strstr(zone, "..") && len > 0 && (size_t)len < sizeof(path) &&
		access(path, R_OK) == 0;
}

cJSON *settings_renewed(const char *zone)
{
	cJSON *settings = is_known(zone) ? cJSON_CreateObject() : NULL;

	if (settings) {
		add_offsets(settings, zone);
	}
	return settings;
}

cJSON *settings_read(const char *file)
{
	char *text = files_read(file);
	cJSON *settings = text ? cJSON_Parse(text) : NULL;
	const cJSON *zone = cJSON_GetObjectItem(settings, "zone");

	free(text);
	if (!cJSON_IsObject(settings)) {
		cJSON_Delete(settings);
		return NULL;
	}
	if (cJSON_IsString(zone) && !cJSON_HasObjectItem(settings, "offsets") &&
		is_known(zone->valuestring)) {
		add_offsets(settings, zone->valuestring);
	}
	return settings;
}
