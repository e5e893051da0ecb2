# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of a web server as users write it themselves: what the role webserver does not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: The document root of all sites on port 80.
WEBROOT = "/var/www/challenges"
STORE = "/etc/webpki"

_NGINX_HTTP = """
server {
    listen 80 default_server;
    root %(webroot)s;
}
"""
_NGINX_HTTPS = """
server {
    listen 443 ssl;
    server_name %(names)s;
    root %(webroot)s;
    ssl_certificate %(files)s/fullchain.pem;
    ssl_certificate_key %(files)s/privkey.pem;
}
"""
_APACHE_HTTP = """
<VirtualHost *:80>
    DocumentRoot %(webroot)s
</VirtualHost>
"""
_APACHE_HTTPS = """
<VirtualHost *:443>
    ServerName %(first)s
    ServerAlias %(names)s
    DocumentRoot %(webroot)s
    SSLEngine On
    SSLCertificateFile %(files)s/fullchain.pem
    SSLCertificateKeyFile %(files)s/privkey.pem
</VirtualHost>
"""
#: By server: where the configuration goes, and what it is made of.
PATHS = {"nginx": "/etc/nginx/conf.d/own.conf", "apache": "/etc/apache2/sites-enabled/own.conf"}
_PARTS = {"nginx": (_NGINX_HTTP, _NGINX_HTTPS), "apache": (_APACHE_HTTP, _APACHE_HTTPS)}


def configuration(server: str, certificates: Sequence[Mapping[str, Any]], store: str = STORE) -> str:
    """The text for a server that has one site on port 443 for each certificate."""
    http, https = _PARTS[server]
    text = http % {"webroot": WEBROOT}
    for certificate in certificates:
        names = certificate["identifiers"]
        files = f"{store}/{certificate['name']}/current"
        text += https % {"webroot": WEBROOT, "files": files, "first": names[0], "names": " ".join(names)}
    return text
