"""Commands that people mail to a list, one a file.

`engine` reads a mail (`lines`), has its commands carried out and mails the `results` back.
"""
