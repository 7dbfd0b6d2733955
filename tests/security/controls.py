"""What holds against a hostile seat: each control with its test, and with the way to take it away.

The numbers are those of the sixteen assertions in docs/security.md. A control whose ``removal`` is
missing fails `make mutate`: a test that was never seen to fail proves nothing.
"""

from __future__ import annotations

from tests.security import mutations as take
from tests.security.control import Control
from tests.security.controls_front_door import FRONT_DOOR

ADMIN_ON = (
    "sed 's/admin off/admin 0.0.0.0:2019/' /opt/classroom/Caddyfile >/tmp/Caddyfile; "
    "export DOMAIN_RE=x; exec caddy run --config /tmp/Caddyfile --adapter caddyfile"
)


_NETWORK = "tests/security/test_network.py"
_CONTAINERS = "tests/security/test_containers.py"
_LOAD = "tests/security/test_load.py"

SEATS = (
    Control(
        1,
        "A seat has a network of its own",
        f"{_NETWORK}::test_no_seat_reaches_a_sibling[whole]",
        "seat-02's workspace is on seat-01's network too",
        take.shared_network,
        "of its sibling seat-0",
    ),
    Control(
        1,
        "The firewall alone keeps seats apart, with Docker's own isolation set aside",
        f"{_NETWORK}::test_no_seat_reaches_a_sibling[our-rules-alone]",
        "the rules between seats",
        take.without("10.237.0.0/16"),
        "seat-01, of its sibling seat-02, reaches tcp",
    ),
    Control(
        1,
        "So it does for all pairs of six seats",
        f"{_NETWORK}::test_no_pair_of_six_seats",
        "the rules between seats",
        take.without("10.237.0.0/16"),
        "seat 201, asking 202, reaches tcp",
    ),
    Control(
        2,
        "No seat reaches this machine, by its gateway or any other address",
        f"{_NETWORK}::test_no_seat_reaches_the_machine",
        "the hook in INPUT",
        take.without("-A INPUT "),
        "seat-01, of this machine, reaches tcp",
    ),
    Control(
        3,
        "Only the ingress publishes ports",
        f"{_CONTAINERS}::test_only_the_ingress_publishes_ports",
        "a seat's Prometheus publishes one",
        take.setting("prometheus", ports=["127.0.0.1::9090"]),
        "seat-01-prometheus publishes 9090/tcp",
    ),
    *(
        Control(
            4,
            f"`egress: internet` refuses {what}",
            f"{_NETWORK}::test_internet_does_not_mean_what_is_near[{kind}]",
            f"the rule for {network}",
            take.without(f"-d {network} "),
            "seat-01 reaches tcp",
        )
        for kind, what, network in (
            ("link-local", "link-local addresses, metadata services among them", "169.254.0.0/16"),
            ("10.0.0.0/8", "private addresses (10.0.0.0/8)", "10.0.0.0/8"),
            ("172.16.0.0/12", "private addresses (172.16.0.0/12)", "172.16.0.0/12"),
            ("192.168.0.0/16", "private addresses (192.168.0.0/16)", "192.168.0.0/16"),
            ("carrier-grade NAT", "addresses of carrier-grade NAT", "100.64.0.0/10"),
            ("benchmark", "addresses for benchmarks", "198.18.0.0/15"),
        )
    ),
    Control(
        4,
        "`egress: none` refuses everything",
        f"{_NETWORK}::test_none_means_nothing_but_the_seat[none]",
        "its rule",
        take.egress_none_without_its_rule,
        "seat-01 reaches tcp 203.0.113.77",
    ),
    Control(
        4,
        "There is no IPv6 to go round the rules",
        f"{_NETWORK}::test_nobody_has_ipv6",
        "IPv6 is on in a seat's container",
        take.setting("prometheus", sysctls={"net.ipv6.conf.all.disable_ipv6": "0"}),
        "seat-01-prometheus has an IPv6 address",
    ),
    Control(
        5,
        "No container is privileged",
        f"{_CONTAINERS}::test_no_privileges_are_lent",
        "one more container, a privileged one",
        take.privileged_neighbour,
        "cwt-privileged is privileged",
    ),
    Control(
        5,
        "No container is given a capability, but for the one that ends open connections",
        f"{_CONTAINERS}::test_no_privileges_are_lent",
        "a seat's Prometheus is given one",
        take.setting("prometheus", cap_add=["NET_RAW"]),
        "seat-01-prometheus has added capabilities",
    ),
    Control(
        5,
        "No container shares a namespace of the machine",
        f"{_CONTAINERS}::test_no_privileges_are_lent",
        "a seat's Prometheus shares its processes",
        take.setting("prometheus", pid="host"),
        "seat-01-prometheus shares the machine's PidMode",
    ),
    Control(
        5,
        "No container has the engine's socket, or any folder of the machine",
        f"{_CONTAINERS}::test_nobody_has_the_engines_socket_or_a_folder_of_the_machine",
        "a seat's Temporal has the socket",
        take.service(
            "seat-01",
            "temporal",
            lambda definition: definition["volumes"].append(
                {
                    "type": "bind",
                    "source": "/var/run/docker.sock",
                    "target": "/run/docker.sock",
                }
            ),
        ),
        "docker.sock of the machine at /run/docker.sock",
    ),
    Control(
        8,
        "The ingress forwards nothing between networks",
        f"{_NETWORK}::test_the_ingress_forwards_nothing",
        "`ip_forward` is on in it",
        take.setting("ingress", sysctls={"net.ipv4.ip_forward": "1"}),
        "the ingress forwards from seat-01 to seat-02",
    ),
    Control(
        8,
        "The ingress's admin API is off",
        f"{_NETWORK}::test_the_ingress_has_no_admin_api",
        "it is on",
        take.setting("ingress", entrypoint=["sh", "-c", ADMIN_ON]),
        "seat-01 reaches the ingress's admin API",
    ),
    Control(
        10,
        "Every process is an ordinary user's",
        f"{_CONTAINERS}::test_every_process_is_nobody_special",
        "the ingress runs as root",
        take.setting("ingress", user="0:0"),
        "Uid is 0",
    ),
    Control(
        10,
        "No process has a capability, or could get one",
        f"{_CONTAINERS}::test_every_process_is_nobody_special",
        "a seat's Prometheus keeps the engine's default ones",
        take.dropping("prometheus", "cap_drop"),
        "CapBnd is 00000000a80425fb",
    ),
    Control(
        10,
        "No process can gain privileges",
        f"{_CONTAINERS}::test_every_process_is_nobody_special",
        "`no-new-privileges` is off for a seat's Prometheus",
        take.dropping("prometheus", "security_opt"),
        "NoNewPrivs is 0",
    ),
    Control(
        10,
        "A seccomp filter is on everywhere",
        f"{_CONTAINERS}::test_every_process_is_nobody_special",
        "a seat's Prometheus is unconfined",
        take.setting("prometheus", security_opt=["no-new-privileges:true", "seccomp:unconfined"]),
        "Seccomp is 0",
    ),
    *(
        Control(
            11,
            f"Every container has a limit on {what}",
            f"{_CONTAINERS}::test_everything_is_finite",
            f"a seat's Prometheus has none on {what}",
            removal,
            f"seat-01-prometheus has no limit on {what}",
        )
        for what, removal in (
            ("memory", take.memory("prometheus", None)),
            ("swap", take.dropping("prometheus", "memswap_limit")),
            ("CPUs", take.limit("prometheus", cpus=None)),
            ("processes", take.limit("prometheus", pids=None)),
            ("its /tmp", take.tmp("prometheus", {"mode": 0o1777})),
            ("its root", take.setting("prometheus", read_only=False)),
        )
    ),
    Control(
        11,
        "Every container has a limit on its log",
        f"{_CONTAINERS}::test_everything_is_finite",
        "a seat's Prometheus may write a terabyte",
        take.endless_log("prometheus"),
        "seat-01-prometheus has no limit on its log",
    ),
    Control(
        12,
        "A fork bomb stays in its seat",
        f"{_LOAD}::test_a_fork_bomb",
        "the limit on processes is 4096",
        take.limit("workspace", pids=4096),
        "seat-01 started 700 processes",
    ),
    Control(
        12,
        "A seat that computes without end leaves its siblings their share",
        f"{_LOAD}::test_a_busy_loop",
        "its workspace has no limit on CPUs, and the weight of 256 others",
        take.of_all_cpus("workspace"),
        "while seat-01 attacks",
    ),
    Control(
        12,
        "A memory hog stays in its seat",
        f"{_LOAD}::test_a_memory_hog",
        "the limit on memory is 2.5 GiB",
        take.memory("workspace", "2560m"),
        "seat-01 holds 1536 MiB",
    ),
    Control(
        12,
        "A log flood stays small",
        f"{_LOAD}::test_a_log_flood",
        "a log may take a terabyte",
        take.endless_log("workspace"),
        "seat-01's log takes",
    ),
    Control(
        12,
        "A filler of /tmp stays in its seat",
        f"{_LOAD}::test_a_disk_filler",
        "its /tmp may take 700 MiB",
        take.tmp("workspace", {"size": "700m", "mode": 0o1777}),
        "seat-01 puts 512 MiB into /tmp",
    ),
)

CONTROLS = (*SEATS, *FRONT_DOOR)
