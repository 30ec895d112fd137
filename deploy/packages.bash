# Sourced by deploy/run and tests/run: install_packages NAME... installs what is missing of
# Debian's packages, as root or with sudo. With neither it prints what to run, and ends.

# All that building the relay and its tools takes.
build_packages=(
	build-essential ca-certificates git meson ninja-build pkg-config python3
	gettext libcjson-dev libconfuse-dev liblmdb-dev libpng-dev libqrencode-dev
	libseccomp-dev libsodium-dev libssl-dev libuv1-dev libwebsockets-dev
	libwebsockets-evlib-uv tzdata
)

# What building the web app takes besides, with node and npm.
web_packages=(
	autoconf automake binaryen clang dpkg-dev libclang-rt-14-dev-wasm32 libtool lld llvm wasi-libc
)

missing_packages() {
	local package
	for package in "$@"; do
		if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]
		then
			echo "$package"
		fi
	done
}

# patiently COMMAND...: three times, half a minute apart; mirrors fail now and then, and somebody
# else's apt holds the lock for a while.
patiently() {
	local try
	for try in 1 2; do
		if "$@"; then
			return
		fi
		echo "failed: $*; again in half a minute" >&2
		sleep 30
	done
	"$@"
}

install_packages() {
	local missing sudo=()
	mapfile -t missing < <(missing_packages "$@")
	if [ ${#missing[@]} -eq 0 ]; then
		return
	fi
	if [ "$(id -u)" -ne 0 ]; then
		if ! sudo -n true 2>/dev/null; then
			echo "Missing packages, and neither root nor sudo to install them. Run:" >&2
			echo "apt-get install --no-install-recommends ${missing[*]}" >&2
			exit 1
		fi
		sudo=(sudo)
	fi
	echo "installing ${missing[*]}"
	# A list that cannot be had, of a source that is not Debian's perhaps, may not be needed.
	patiently "${sudo[@]}" apt-get -qq update -o APT::Update::Error-Mode=any || true
	patiently "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
		--no-install-recommends "${missing[@]}" >/dev/null
}
