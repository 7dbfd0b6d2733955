# JupyterLab's terminals are login shells, and /etc/profile sets PATH anew.
PATH=/opt/workspace/bin:/opt/temporal:/opt/promtool:$PATH
export PATH
