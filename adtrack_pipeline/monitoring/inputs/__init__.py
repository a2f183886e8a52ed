"""What people hand over, as arrays: the panel, the plan, the change log, how late conversions are known.

Belongs here: reading frames strictly, arrays of hours by ads, how they are added up and shared out. Does not
belong here: anything learned from them.
"""
