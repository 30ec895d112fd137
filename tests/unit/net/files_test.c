/* server/net/files.c: the web root in memory. */
#include "server/net/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/test.h"

static char root[64];

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

static void make_dir(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/kring-files-XXXXXX");
	if (!mkdtemp(root)) {
		return -1;
	}
	make_dir("sub");
	make_dir(".git");
	make_dir(".well-known");
	put("index.html", "<p>home");
	put("about.html", "<p>about");
	put("sub/index.html", "<p>sub");
	put("app.0123abcd.js", "app()");
	put("app.0123abcd.js.gz", "packed");
	put("core.worker.js", "work()");
	put("notahash.js", "x()");
	put(".git/config", "secret");
	put(".well-known/assetlinks.json", "[]");
	put("unknown.zzz", "?");
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static const struct {
	const char *path;
	const char *body; /* NULL: there is no such file */
	const char *type;
	bool immutable;
	bool is_worker;
} finds[] = {
	{"/", "<p>home", "text/html; charset=utf-8", false, false},
	{"/index.html", "<p>home", "text/html; charset=utf-8", false, false},
	{"/about", "<p>about", "text/html; charset=utf-8", false, false},
	{"/sub/", "<p>sub", "text/html; charset=utf-8", false, false},
	{"/app.0123abcd.js", "app()", "text/javascript; charset=utf-8", true, false},
	{"/core.worker.js", "work()", "text/javascript; charset=utf-8", false, true},
	{"/notahash.js", "x()", "text/javascript; charset=utf-8", false, false},
	{"/.well-known/assetlinks.json", "[]", "application/json", false, false},
	{"/unknown.zzz", "?", "application/octet-stream", false, false},
	{"/sub", NULL, NULL, false, false},
	{"/missing", NULL, NULL, false, false},
	{"/.git/config", NULL, NULL, false, false},
	{"/../etc/passwd", NULL, NULL, false, false},
	{"//index.html", NULL, NULL, false, false},
	{"/sub/../index.html", NULL, NULL, false, false},
	{"", NULL, NULL, false, false},
};

static void test_find(void **state)
{
	struct files *files;
	const char *fault;

	(void)state;
	assert_int_equal(files_load(&files, root, &fault), KR_OK);
	for (size_t i = 0; i < NUM(finds); i++) {
		const struct file *file = files_find(files, finds[i].path);

		if ((file != NULL) != (finds[i].body != NULL)) {
			fail_msg("%s: found or not", finds[i].path);
		}
		if (!file) {
			continue;
		}
		assert_int_equal(file->body.len, strlen(finds[i].body));
		assert_memory_equal(file->body.data, finds[i].body, file->body.len);
		assert_string_equal(file->type, finds[i].type);
		assert_int_equal(file->immutable, finds[i].immutable);
		assert_int_equal(file->is_worker, finds[i].is_worker);
	}
	files_unref(files);
}

static void test_etag_and_gzip(void **state)
{
	struct files *files;
	const struct file *app, *page;
	const char *fault;

	(void)state;
	assert_int_equal(files_load(&files, root, &fault), KR_OK);
	app = files_find(files, "/app.0123abcd.js");
	page = files_find(files, "/index.html");
	assert_non_null(app);
	assert_non_null(page);
	assert_int_equal(app->gzip.len, strlen("packed"));
	assert_int_equal(page->gzip.len, 0);
	assert_string_not_equal(app->etag, page->etag);
	assert_string_not_equal(app->etag, app->etag_gzip);
	assert_int_equal(strlen(app->etag), 34);
	files_unref(files);
}

/* A transfer that began keeps its set, whatever is loaded meanwhile. */
static void test_references(void **state)
{
	struct files *files, *held;
	const char *fault;

	(void)state;
	assert_int_equal(files_load(&files, root, &fault), KR_OK);
	held = files_ref(files);
	files_unref(files);
	assert_non_null(files_find(held, "/index.html"));
	files_unref(held);
	files_unref(NULL);
}

static void test_missing_root(void **state)
{
	struct files *files;
	const char *fault;

	(void)state;
	assert_int_not_equal(files_load(&files, "/nonexistent/kring", &fault), KR_OK);
	assert_null(files);
	assert_non_null(strstr(fault, "/nonexistent/kring"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_etag_and_gzip),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_missing_root),
	};

	return cmocka_run_group_tests_name("net/files", tests, set_up, tear_down);
}
