# Sourced by deploy/run and tests/run: what building the web app takes.

# npm's packages of each folder, exactly as locked; only when the lock changed since last time.
install_npm() {
	local folder stamp
	for folder in "$@"; do
		stamp=$folder/node_modules/.installed
		if ! cmp -s "$folder/package-lock.json" "$stamp"; then
			npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error
			cp "$folder/package-lock.json" "$stamp"
		fi
	done
}

# The core as WebAssembly and the bundle, into build/web; only when something changed.
build_app() {
	clients/web/wasm/build
	if [ ! -e build/web/manifest.json ] ||
		[ -n "$(find clients/web build/wasm/*.wasm -path clients/web/node_modules -prune \
			-o -type f -newer build/web/manifest.json -print -quit)" ]; then
		node clients/web/build.mjs
	fi
}
