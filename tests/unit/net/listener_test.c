/* server/net/listener.c: addresses, and what is bound. */
#include "server/net/listener.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/net/net.h"
#include "tests/lib/test.h"

static const struct {
	const char *address;
	bool numeric;
	bool loopback;
} addresses[] = {
	{"127.0.0.1", true, true},
	{"127.8.9.10", true, true},
	{"::1", true, true},
	{"0.0.0.0", true, false},
	{"::", true, false},
	{"128.0.0.1", true, false},
	{"192.0.2.1", true, false},
	{"2001:db8::1", true, false},
	{"::ffff:127.0.0.1", true, false},
	{"localhost", false, false},
	{"127.0.0.1 ", false, false},
	{"127.1", false, false},
	{"[::1]", false, false},
	{"", false, false},
};

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(addresses); i++) {
		if (net_address_is_numeric(addresses[i].address) !=
				addresses[i].numeric ||
			net_address_is_loopback(addresses[i].address) !=
				addresses[i].loopback) {
			fail_msg("%s", addresses[i].address);
		}
	}
}

/* libwebsockets by itself would bind every address here. */
static void test_binds_one_address(void **state)
{
	struct sockaddr_storage bound = {0};
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&bound;
	socklen_t len = sizeof(bound);
	struct net_listener listener;

	(void)state;
	assert_int_equal(net_listener_bind(&listener, "127.0.0.1", 0), KR_OK);
	assert_int_not_equal(listener.port, 0);
	assert_int_equal(getsockname(listener.fd, (struct sockaddr *)&bound, &len), 0);
	assert_int_equal(bound.ss_family, AF_INET);
	assert_int_equal(ntohl(v4->sin_addr.s_addr), INADDR_LOOPBACK);
	assert_int_equal(ntohs(v4->sin_port), listener.port);
	net_listener_close(&listener);
	assert_int_equal(listener.fd, -1);
}

/* "::" takes IPv6 alone, so that "0.0.0.0" can be a listener of its own. Whether its port
 * is free there is luck: others take ports, too. */
static void test_v6_leaves_v4_free(void **state)
{
	struct net_listener listener;
	socklen_t len = sizeof(int);
	int v6_only = 0;

	(void)state;
	if (net_listener_bind(&listener, "::", 0)) {
		skip();
	}
	assert_int_equal(
		getsockopt(listener.fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &len), 0);
	assert_int_equal(v6_only, 1);
	net_listener_close(&listener);
}

static void test_refuses(void **state)
{
	struct net_listener first, second;

	(void)state;
	assert_int_equal(net_listener_bind(&first, "not-an-address", 0), KR_ERR_ARGUMENT);
	assert_int_equal(net_listener_bind(&first, "127.0.0.1", 0), KR_OK);
	assert_int_equal(
		net_listener_bind(&second, "127.0.0.1", first.port), KR_ERR_STATE);
	net_listener_close(&first);
	net_listener_close(&second);
}

static const struct {
	const char *address, *network; /* both as IPv6 */
} networks[] = {
	{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
	{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
	{"2001:db8:1:2::", "2001:db8:1:2::"},
	{"::1", "::"},
};

static void test_networks(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(networks); i++) {
		struct net_peer peer;
		uint8_t expected[16], network[16];

		assert_int_equal(
			inet_pton(AF_INET6, networks[i].address, peer.address), 1);
		assert_int_equal(inet_pton(AF_INET6, networks[i].network, expected), 1);
		net_peer_network(network, &peer);
		assert_memory_equal(network, expected, 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_binds_one_address),
		cmocka_unit_test(test_v6_leaves_v4_free),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests_name("net/listener", tests, NULL, NULL);
}
