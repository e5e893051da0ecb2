# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of an entry of acme_certificates, by what they say."""

from __future__ import annotations

#: How the files are installed, which a host also looks at when nothing is due.
INSTALLED_AS = ("owner", "group", "mode", "links")
#: Who uses them, and where that is seen.
USED_BY = ("reload", "served_on", "roll_back_unserved")
