"""What every page shares.

Who may do what, and how often:

- `access`: every view says who may use it; what does not may be used by nobody
- `visitors`: who it is; `proofs`: whether they have shown it of late
- `cross_origin`: no page of another site changes anything
- `limits`: how often somebody may try something

What goes between browser and site:

- `sessions`, `cookies`: what a browser keeps; `signatures`: that it was we who signed it
- `encryption`: secrets that have to be known again; `shown_once`: those that are seen once
- `security`: headers that tell a browser how little a page may do
- `compression`: pages sent compressed, where nobody learns from that what they hold
- `proxies`: what those before Flasky say of a request
- `request_bodies`: what a request sends along, read to its end
- `request_ids`: its number, in the log and on an error page; `log_format`: how the log is written
- `redirects`: ways back, which stay at home
- `public_urls`: whole addresses, for whoever is elsewhere
- `content_negotiation`: whether it wants a page or JSON, and compressed in which way
- `converters`: names and ids in addresses

Language and time:

- `languages`: which one a page is in, and every text
- `times`, `time_zones`: when something was, where the reader is
- `user_agents`: what browsers are called; `events`: what those of the log are
- `preferences`: what visitors choose in the footer

What pages are made of:

- `templates`: what they all know
- `forms`: what all forms are made of
- `confirmation`: asking before something is done
- `tones`: how a notice is meant
- `paging`: long lists
- `static`: files that browsers keep until they change
"""
