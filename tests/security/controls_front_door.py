"""What holds at the front door and around it; the other half of ``controls.py``."""

from __future__ import annotations

from tests.security import mutations_front_door as take
from tests.security import portals
from tests.security.control import Control

_ANONYMOUS = "tests/security/test_anonymous.py"
_CREDENTIALS = "tests/security/test_credentials.py"
_ORIGIN = "tests/security/test_origin.py"
_SECRETS = "tests/security/test_secrets.py"
_CODES = "tests/security/test_codes.py"
_AGAIN = "tests/security/test_again.py"
_TEARDOWN = "tests/security/test_teardown.py"
_RELEASE = "tests/security/test_release.py"
_IDENTITY = "tests/security/test_identity.py"
_QUOTA = "tests/security/test_quota.py"

_COMPONENT = f"{_ANONYMOUS}::test_nobody_reaches_a_component"
_KEPT = f"{_ANONYMOUS}::test_nobody_reaches_what_the_portal_keeps"
_RELABELLED = f"{_CREDENTIALS}::test_nor_do_they_under_another_seats_number"
_COOKIE = f"{_ORIGIN}::test_a_cookie_is_for_one_host_and_no_script"
_IN_SIGHT = f"{_SECRETS}::test_no_secret_is_in_sight_of_the_engine"
_CUT, _NO_CUT = "provisioning/classroom/engine/cut.py", ('--kill dst "$1"', 'dst "$1"')
_OPEN_ENDS = f"{_RELEASE}::test_what_is_open_ends_within_5_s_and_a_siblings_stays[release]"

ANONYMOUS = (
    Control(
        6,
        "The ingress lets nobody to a component whom the portal does not know",
        f"{_COMPONENT}[outside]",
        "it does not ask the portal",
        take.caddyfile("s/import ask//"),
        "outside, anonymous: GET /temporal/ of s01.localhost (http) is answered 200",
    ),
    Control(
        6,
        "Nor by any of the course's own ports, gRPC included",
        f"{_COMPONENT}[outside]",
        "it does not ask on port 7233",
        take.caddyfile("/^:7233 {/,/^}/ s/import ask//"),
        "of s01.localhost (grpc) is answered grpc OK",
    ),
    Control(
        6,
        "Nor by a websocket",
        f"{_COMPONENT}[outside]",
        "it does not ask about websockets",
        take.caddyfile(
            r"s/forward_auth /@plain not header Upgrade *\n\tforward_auth @plain /",
        ),
        "outside, anonymous: WEBSOCKET /workspace/api/events/subscribe of s01.localhost (http)",
    ),
    Control(
        6,
        "Asking from inside a seat earns nothing",
        f"{_COMPONENT}[in seat-01]",
        "the portal trusts the seats' addresses",
        take.portal(portals.TRUSTS_SEATS),
        "in seat-01, anonymous: GET /temporal/ of s02.localhost (http) is answered 200",
    ),
    Control(
        6,
        "The console is for who is logged in",
        f"{_KEPT}[outside]",
        "everybody is",
        take.portal(portals.OPEN_CONSOLE),
        "anonymous: GET /session of console.localhost (http) is answered 200",
    ),
    Control(
        6,
        "So is what the class has once, its Prometheus and its Grafana",
        f"{_KEPT}[outside]",
        "the ingress does not ask the portal there",
        take.caddyfile("/handle @instructors {/,/^\t\t}/ s/import ask//"),
        "GET /prometheus/api/v1/query?query=up of console.localhost (http) is answered 200",
    ),
    Control(
        6,
        "The operator's API is for this machine",
        f"{_KEPT}[in seat-01]",
        "it asks for no key",
        take.portal(portals.OPEN_OPERATOR),
        "anonymous: GET /operator/seats of portal.localhost (http) is answered 200",
    ),
)

CREDENTIALS = (
    Control(
        7,
        "A session is one seat's",
        f"{_CREDENTIALS}::test_seat_1s_credentials_open_no_other",
        "the decision does not compare whose it is",
        take.portal(portals.SESSIONS_OF_ANY_SEAT),
        "seat-01's session: GET /temporal/ of s02.localhost (http) is answered 200",
    ),
    Control(
        7,
        "A key is derived for one seat",
        _RELABELLED,
        "the seat is no part of what it is derived from",
        take.portal(portals.KEYS_WITHOUT_SEAT),
        "seat-01's API key under seat-02's number is answered 200",
    ),
    Control(
        7,
        "A code is one seat's",
        _RELABELLED,
        "it is not compared with the seat's hash",
        take.portal(portals.CODES_UNCOMPARED),
        "seat-01's code under seat-02's number is answered 303",
    ),
    Control(
        7,
        "A helper's token is for one seat",
        _RELABELLED,
        "it opens whatever it is shown to",
        take.portal(portals.TOKENS_OF_ANY_SEAT),
        "seat-01's helper's token under seat-02's number is answered 303",
    ),
)

IDENTITIES = (
    Control(
        8,
        "Who somebody is, no component hears from themselves",
        f"{_IDENTITY}::test_nobody_is_whom_they_say_they_are",
        "the ingress passes on what clients say of it",
        take.caddyfile("/request_header -/d"),
        "seat-01's workspace is told Forwarded",
    ),
    Control(
        8,
        "What opens a seat reaches no component",
        f"{_IDENTITY}::test_no_component_hears_what_opens_its_seat",
        "the ingress passes keys and cookies on",
        take.caddyfile("s/import without_credentials//"),
        "seat-01's workspace is told its attendee's key",
    ),
)

ORIGINS = (
    Control(
        9,
        "A foreign page writes to no component",
        f"{_ORIGIN}::test_a_foreign_page_reaches_no_component",
        "the decision looks at no Origin",
        take.portal(portals.ANY_ORIGIN),
        "POST /api/v1/namespaces of s01.localhost (http) from http://s02.localhost is answered",
    ),
    Control(
        9,
        "Nor does it open a websocket",
        f"{_ORIGIN}::test_a_foreign_page_reaches_no_component",
        "the decision looks at no Origin of a websocket",
        take.portal(portals.ANY_ORIGIN_FOR_SOCKETS),
        "WEBSOCKET /temporal/ of s01.localhost (http) from http://s02.localhost is answered 200",
    ),
    Control(
        9,
        "Nor does it press a button of the portal's",
        f"{_ORIGIN}::test_a_foreign_page_changes_nothing_at_the_portal",
        "the portal looks at no Origin of its own forms",
        take.portal(portals.ANY_ORIGIN_FOR_FORMS),
        "POST /seats/seat-01/release of console.localhost (http) from http://s02.localhost is",
    ),
    *(
        Control(
            9,
            holds,
            f"{_COOKIE}[http]",
            removed,
            take.portal(portals.cookies_with(**attributes)),
            says,
        )
        for holds, removed, attributes, says in (
            (
                "A cookie belongs to one host",
                "it is the whole domain's",
                {"domain": "localhost"},
                "the seat's cookie is for all of localhost",
            ),
            (
                "No script reads it",
                "it has no HttpOnly",
                {"httponly": False},
                "the seat's cookie can be read by scripts",
            ),
            (
                "It stays at home",
                "it has SameSite=None",
                {"samesite": "none"},
                "the seat's cookie has SameSite=none",
            ),
        )
    ),
    Control(
        9,
        "With TLS it never travels without",
        f"{_COOKIE}[https]",
        "it has no Secure",
        take.portal(portals.cookies_with(secure=False)),
        "the seat's cookie goes over plain HTTP too",
    ),
    Control(
        9,
        "With TLS nobody else can set it",
        f"{_COOKIE}[https]",
        "its name does not begin with `__Host-`",
        take.portal(portals.COOKIES_OF_ANY_NAME),
        "the seat's cookie is called seat",
    ),
)

SECRETS = (
    Control(
        13,
        "A secret's file on this machine is its owner's alone",
        f"{_SECRETS}::test_a_secrets_file_is_its_owners_alone",
        "everybody may read it",
        take.readable(take.secret_file),
        "signing-key is 0644",
    ),
    Control(
        13,
        "What the portal keeps is its own user's alone",
        f"{_SECRETS}::test_what_the_portal_keeps_is_its_own",
        "everybody may read it",
        take.readable(take.database),
        "the portal's portal.sqlite is 0644",
    ),
    *(
        Control(
            13,
            f"No {thing} has a secret in it",
            _IN_SIGHT,
            "the portal's has the signing key",
            take.telling(place),
            f"the signing key stands in the {place} of ",
        )
        for thing, place in (("environment", "environment"), ("label", "labels"))
    ),
    Control(
        13,
        "No log has a secret in it",
        _IN_SIGHT,
        "the portal's has the forms that it is sent",
        take.portal(portals.LOGS_FORMS),
        "seat-01's code stands in the log of ",
    ),
    Control(
        13,
        "No command line has a secret in it",
        f"{_SECRETS}::test_no_secret_is_in_sight_of_other_users",
        "the portal's has the signing key",
        take.telling("command line"),
        "the signing key stands in the command line of process ",
    ),
    Control(
        13,
        "No image has a secret in it",
        f"{_SECRETS}::test_no_secret_is_in_an_image",
        "the portal's has the signing key",
        take.key_in_the_image,
        "the signing key stands in key of an image",
    ),
    Control(
        13,
        "Sessions are kept as hashes",
        f"{_CODES}::test_they_are_kept_as_hashes",
        "they are kept as they are",
        take.portal(portals.KEEPS_SESSIONS),
        "the portal keeps seat-01's session",
    ),
    Control(
        13,
        "Codes are kept as hashes",
        f"{_CODES}::test_they_are_kept_as_hashes",
        "those of the console are kept as they are",
        take.portal(portals.KEEPS_CODES),
        "the portal keeps seat-02's code, which the console made",
    ),
    Control(
        13,
        "Codes and tokens stay out of addresses that are asked for",
        f"{_CODES}::test_they_travel_in_fragments_and_bodies_alone",
        "the front page sends codes on in a query",
        take.portal(portals.CODES_IN_ADDRESSES),
        "the front page sends a code on in the address that is asked for",
    ),
    Control(
        13,
        "Guesses of codes are limited",
        f"{_CODES}::test_wrong_codes_are_limited",
        "nobody counts them",
        take.portal(portals.COUNTS_NOTHING),
        "one more wrong code is answered 403",
    ),
    Control(
        13,
        "Guesses of the password are limited",
        f"{_CODES}::test_wrong_passwords_are_limited",
        "nobody counts them",
        take.portal(portals.COUNTS_NOTHING),
        "one more wrong password is answered 403",
    ),
)

VOLUMES = tuple(
    Control(
        11,
        f"A {what} whose volume is full is stopped",
        f"{_QUOTA}::test_what_has_filled_its_volume_is_stopped[{component}-{file}]",
        "watch stops nothing",
        take.source(
            "provisioning/classroom/watch/acts.py",
            "if usage.full and part in running]",
            "if usage.full and not running]",
        ),
        f"seat-01's {component} runs on with 1.1 of 1 GiB",
    )
    for what, component, file in (
        ("workspace", "workspace", "/home/seat/fill"),
        ("server", "temporal", "/data/fill"),
    )
)

LASTING = (
    Control(
        14,
        "A second provision leaves all of it as it is",
        f"{_AGAIN}::test_a_second_provision_leaves_it_as_it_is",
        "it is one whose containers keep capabilities",
        take.provisioned_from("compose/seat.yml.j2", "cap_drop: [ALL]", "cap_drop: [MKNOD]"),
        "after a second provision: ",
    ),
    Control(
        14,
        "Seats are kept apart when the engine has been restarted",
        f"{_AGAIN}::test_seats_are_kept_apart[engine-after a restart of the engine]",
        "the rules hang where the engine puts its own before them",
        take.source(
            "provisioning/classroom/plan/firewall.py",
            'DOCKER_CHAIN = "DOCKER-USER"',
            'DOCKER_CHAIN = "FORWARD"',
        ),
        "after a restart of the engine a seat reaches its sibling",
    ),
    Control(
        14,
        "Seats are kept apart from the machine's start on",
        f"{_AGAIN}::test_seats_are_kept_apart[reboot-after a start of the machine]",
        "the unit that loads the rules at the start loads none",
        take.source(
            "provisioning/roles/firewall/templates/firewall.service.j2",
            "ExecStart=/usr/sbin/iptables-restore --wait --noflush {{ firewall_file }}.rules",
            "ExecStart=/bin/true",
        ),
        "after a start of the machine a seat reaches its sibling",
    ),
    Control(
        15,
        "Teardown leaves no file of the classroom",
        f"{_TEARDOWN}::test_nothing_is_left_but_what_the_receipt_says",
        "it forgets its own folder",
        take.source(
            "provisioning/classroom/engine/state.py",
            "shutil.rmtree(self.path, ignore_errors=True)",
            "return",
        ),
        ".classroom/cwt-gone is left",
    ),
    Control(
        15,
        "Teardown leaves no volume",
        f"{_TEARDOWN}::test_nothing_is_left_but_what_the_receipt_says",
        "it removes none",
        take.source(
            "provisioning/classroom/engine/apply.py",
            "self.client.remove_volume(volume)",
            "return",
        ),
        "volume cwt-gone-seat-01-workspace-home is left",
    ),
    Control(
        15,
        "Teardown leaves no rule of the firewall",
        f"{_TEARDOWN}::test_nothing_is_left_but_what_the_receipt_says",
        "it leaves them in force",
        take.source(
            "provisioning/classroom/cli/machine.py",
            "if os.geteuid() == 0 and firewall_exists(classroom):",
            "if not classroom:",
        ),
        "rule -A INPUT -j cls-cwt-gone-inp is left",
    ),
    Control(
        15,
        "Teardown revokes every credential",
        f"{_TEARDOWN}::test_what_opened_it_opens_nothing_of_the_next_one",
        "the next classroom's secrets are the same",
        take.source(
            "provisioning/classroom/engine/state.py",
            "write_private(path, secrets.token_urlsafe(SECRET_BYTES))",
            'write_private(path, "k" * 43)',
        ),
        "the operator key of the classroom that was torn down is answered 200",
    ),
    Control(
        16,
        "A release ends what is open in the seat",
        _OPEN_ENDS,
        "what cuts does nothing",
        take.source(_CUT, *_NO_CUT),
        "seat-01's websocket is still open after 5 s",
    ),
    Control(
        16,
        "The portal asks for that",
        _OPEN_ENDS,
        "it does not",
        take.portal(portals.CUTS_NOTHING),
        "seat-01's gRPC stream is still open after 5 s",
    ),
    Control(
        16,
        "A new code does so too",
        _OPEN_ENDS.replace("[release]", "[rotate]"),
        "what cuts does nothing",
        take.source(_CUT, *_NO_CUT),
        "seat-01's websocket is still open after 5 s",
    ),
    Control(
        16,
        "A sibling's stays open",
        _OPEN_ENDS,
        "everything that is open anywhere is cut",
        take.source(_CUT, _NO_CUT[0], "--kill dst 0.0.0.0/0"),
        "seat-02's websocket was ended too",
    ),
    Control(
        16,
        "It is refused before it is cut",
        _OPEN_ENDS,
        "the portal ends no session and no key",
        take.portal(portals.FORGETS_NOBODY),
        "seat-01 was taken, and session still opens it: 200",
    ),
)

FRONT_DOOR = (
    *ANONYMOUS,
    *CREDENTIALS,
    *IDENTITIES,
    *ORIGINS,
    *VOLUMES,
    *SECRETS,
    *LASTING,
)
